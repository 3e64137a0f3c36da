"""What a study of retrieval says: the answer, notes, and what its report shows."""
