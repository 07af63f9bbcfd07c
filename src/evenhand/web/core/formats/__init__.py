"""How dates and numbers are written, where that differs from what Django does in a language. Languages without a folder here are left to Django."""
