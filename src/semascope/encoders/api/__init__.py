"""Encoders behind an API: when requests go, what is sent, and what is made of the answers."""
