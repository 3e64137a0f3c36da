"""The report of a study of heads apart from its look: what its page shows, as plain words, tables and figures."""
