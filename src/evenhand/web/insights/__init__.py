"""Rows to library to figures: what the city's own past says, for residents and staff."""
