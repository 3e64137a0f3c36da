"""From what was found to verdicts, the choice, and what stands beside them."""
