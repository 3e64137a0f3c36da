"""Numbers about numbers: measures, intervals, paired tests, verdict words."""
