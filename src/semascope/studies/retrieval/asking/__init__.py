"""What is asked: settings, the collection with its sides, the cells, and all that can be wrong with them."""
