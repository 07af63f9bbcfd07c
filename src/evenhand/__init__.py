"""Evenhand: the two-way 311 platform that knows whom it hears and whom it serves."""
