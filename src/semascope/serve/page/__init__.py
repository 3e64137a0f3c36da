"""The page that a service shows at its root: try, rank, search, compare and teach what it serves."""
