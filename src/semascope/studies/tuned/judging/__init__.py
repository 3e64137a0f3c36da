"""What tuning was worth, what it forgot, what it separates."""
