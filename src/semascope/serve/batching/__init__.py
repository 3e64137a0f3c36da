"""Requests that come at the same time share the batches of an encoder."""
