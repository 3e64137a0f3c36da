"""What a geometry asks: its settings, its texts, and the spaces they are put into."""
