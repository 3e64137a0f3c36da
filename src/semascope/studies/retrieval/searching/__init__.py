"""How each cell searches, and what it found."""
