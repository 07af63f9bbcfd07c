"""Whom the city hears and how it serves them: estimators over arrays, without web, database or network."""
