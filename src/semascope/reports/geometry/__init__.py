"""The pages and figures of a geometry."""
