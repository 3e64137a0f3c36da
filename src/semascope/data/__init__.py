"""Texts come in: tables, splits, duplicates, languages, the packaged sample."""
