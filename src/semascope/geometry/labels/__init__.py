"""How labels and other columns lie in a space: separated, mixed, told by neighbours."""
