"""The page of a study of retrieval, and the whole job in one call."""
