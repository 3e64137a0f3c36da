"""What is asked: the settings, the two spaces, the texts, and what is predicted or searched with them."""
