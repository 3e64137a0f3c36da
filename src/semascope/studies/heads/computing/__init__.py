"""How one cell is computed: vectors, fits, out-of-fold and held-out predictions, costs."""
