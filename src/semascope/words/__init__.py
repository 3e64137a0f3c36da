"""How things are said: numbers and texts as people read them, and how far long work has come."""
