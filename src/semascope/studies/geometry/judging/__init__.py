"""Spaces judged by tasks on held-out rows: a probe, neighbours that vote, retrieval."""
