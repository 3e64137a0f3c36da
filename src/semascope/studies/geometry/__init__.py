"""Whether a space is any good: what each is like, how labels lie in it, how spaces differ, and what mending changes."""
