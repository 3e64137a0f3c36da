"""Two spaces of the same texts held against each other."""
