"""Scores that a person gives: from a file, or asked for, the most useful first."""
