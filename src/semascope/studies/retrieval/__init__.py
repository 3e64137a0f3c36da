"""Queries find documents: the second kind of study, every way of searching judged on the queries of a collection."""
