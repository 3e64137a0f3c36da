"""Studies that tune an encoder on pairs or labels, and say what that was worth."""
