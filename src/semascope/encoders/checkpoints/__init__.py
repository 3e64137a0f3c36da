"""Folders of weights: fetched, checked and described without loading them."""
