"""Whole protocols from ready tables to results: which models, by which conventions, judged how."""
