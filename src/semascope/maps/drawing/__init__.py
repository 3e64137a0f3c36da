"""A map on paper and on a page: marks, colours, figures, the linked page."""
