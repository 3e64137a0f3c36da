"""Texts become vectors: the one path through the store and the encoder, and what it cost."""
