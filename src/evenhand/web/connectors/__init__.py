"""Outside systems, one folder each: a client, a fake that ships with it, and its errors."""
