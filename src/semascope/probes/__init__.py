"""Vectors become scores: heads, their selection, and the scorer artifact."""
