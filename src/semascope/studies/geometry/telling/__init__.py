"""Words for the numbers of a geometry."""
