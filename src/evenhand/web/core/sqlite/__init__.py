"""Django's SQLite backend with a fair queue of writers. Name it as ENGINE: `evenhand.web.core.sqlite`."""
