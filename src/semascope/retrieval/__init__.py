"""Queries find documents: collections, runs, and what a run is worth by the judgements."""
