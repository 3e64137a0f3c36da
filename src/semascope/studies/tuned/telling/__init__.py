"""What a tuning says in words."""
