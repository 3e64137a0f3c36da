"""Encoders whose weights come with a package of the Python registry in a form of their own."""
