"""N spaces of the same texts side by side: layouts, alignment, what the numbers say, the linked page."""
