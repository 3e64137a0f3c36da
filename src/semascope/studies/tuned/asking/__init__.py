"""What a tuning is asked, and who learns, chooses and is judged."""
