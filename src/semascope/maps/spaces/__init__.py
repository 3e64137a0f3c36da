"""Where the spaces of a map come from: checked, named, on the texts that all can place."""
