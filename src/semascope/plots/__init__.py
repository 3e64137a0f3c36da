"""Matplotlib figures from plain arrays; nothing of pyplot's is touched."""
