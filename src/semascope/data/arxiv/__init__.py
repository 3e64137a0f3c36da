"""Papers of arXiv as rows: categories with roles, pages that are recorded as they come, and what was left out."""
