"""The page and the record of a finished tuning."""
