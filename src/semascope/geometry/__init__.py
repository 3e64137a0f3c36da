"""Spaces become numbers: what each is like, how labels lie in it, how two differ, what mends one, how far a picture can be trusted."""
