"""From a tuned encoder and its base to verdicts: what it forgot elsewhere, and how labels lie in it now."""
