"""From outages, requests, households and areas to one row a household."""
