"""Queries find documents: collections, words and vectors that rank documents, and what a ranking is worth by the judgements."""
