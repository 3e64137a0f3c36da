"""Spaces of the same texts held against each other: neighbours, axes, families of labels."""
