"""Documents by the words that they share with a query."""
