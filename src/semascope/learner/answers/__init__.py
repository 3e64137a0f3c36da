"""What the learner says of a text besides its score: intervals and reasons."""
