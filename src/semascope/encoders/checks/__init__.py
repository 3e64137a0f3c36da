"""Is it the same model? Paths against each other, and models against published numbers."""
