"""The page of a study of heads, section by section."""
