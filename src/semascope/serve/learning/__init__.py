"""Learning behind a service: one thread a model writes, for any number of requests."""
