"""A study file becomes records: plan, run, verdict, slices."""
