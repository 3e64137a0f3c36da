"""Texts are found by texts: collections, words and vectors that rank documents, measures of rankings."""
