"""What a service answers from: artifacts and encoders, opened, each with what can be asked of it."""
