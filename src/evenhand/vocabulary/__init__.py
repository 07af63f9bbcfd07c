"""Words that the pure library and the web platform share. Tiny on purpose: errors, and units and contracts as they come."""
