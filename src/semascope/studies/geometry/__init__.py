"""Spaces of texts are described, held against each other and mended: a kind of study of its own."""
