"""How things look: theme, HTML shell, tables and figures from plain arrays."""
