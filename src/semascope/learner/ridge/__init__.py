"""The exact ridge of the learner: rows that come and go, errors on rows not seen, the choice of its penalty."""
