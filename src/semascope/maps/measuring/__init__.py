"""The numbers of a map: each space by itself, and all together."""
