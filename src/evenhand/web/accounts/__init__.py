"""People who work for the city. Residents need no account: they hold private links."""
