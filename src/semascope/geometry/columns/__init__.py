"""What columns of the texts, such as their length or language, explain of a space."""
