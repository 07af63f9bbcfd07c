"""Web ground without domain nouns: the clock, the write lock, database objects that migrations cannot carry, error pages."""
