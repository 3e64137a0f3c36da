"""Collections come in: documents, queries and judgements out of folders, TREC files and tables of pairs."""
