"""Requests of OpenAI's embeddings endpoint: read, checked, and answered."""
