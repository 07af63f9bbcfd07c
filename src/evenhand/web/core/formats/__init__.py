"""How dates and numbers are written, where that differs from what Django does in a language. A language without a folder here is written as Django writes it."""
