"""How far a picture of a space can be trusted, and what it shows."""
