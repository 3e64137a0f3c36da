"""The value learner: scores learnt from examples."""
