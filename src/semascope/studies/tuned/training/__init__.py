"""From texts to a trained network that is kept."""
