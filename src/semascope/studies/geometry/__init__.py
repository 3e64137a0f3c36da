"""A study of spaces themselves: what each is like, how labels lie in it, what mending it changes."""
