"""Audits of regression tables that others published, from what is printed alone."""
