"""What a run is worth: its order, the judgements looked up in it, measures by name."""
