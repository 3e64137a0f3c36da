"""Static embeddings: a table of token vectors, and no network."""
