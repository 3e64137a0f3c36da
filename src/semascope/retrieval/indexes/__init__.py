"""The index: a folder of documents that is searched by words, by vectors or by both."""
