"""Where things are: jurisdictions, areas, streets, addresses, and the way from words or coordinates to a place."""
