"""What is asked, and what is fixed before the first cell: settings, rows with their split, cells."""
