"""`evenhand …`: a thin twin of the library's and the platform's verbs, one file a command group."""
