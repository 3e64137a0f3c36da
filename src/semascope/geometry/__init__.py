"""Spaces become numbers: what neighbourhoods share, how labels separate, how far a picture can be trusted."""
