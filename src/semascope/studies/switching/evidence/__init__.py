"""What speaks for the one or the other: neighbours, tasks, bytes, costs, thresholds."""
