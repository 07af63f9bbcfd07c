"""The report of a whole study: pages, figures and numbers, all through the disclosure gate."""
