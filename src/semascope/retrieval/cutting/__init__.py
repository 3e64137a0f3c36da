"""Documents cut into passages, and found by the best of them."""
