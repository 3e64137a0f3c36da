"""Few or no judgements: what can still change a difference, which queries are asked, what the answers say of all queries."""
