"""Prompts become vectors: the protocol, templates, the catalogue and the encoders that keep the protocol."""
