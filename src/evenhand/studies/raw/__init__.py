"""The raw tables of a study as cities have them, read with every fault named at once."""
