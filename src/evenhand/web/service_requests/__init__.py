"""What is broken and what happened to it: services, requests, their history, photos, and the transition table."""
