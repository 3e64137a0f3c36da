"""The numbers of a map in words and as plain values."""
