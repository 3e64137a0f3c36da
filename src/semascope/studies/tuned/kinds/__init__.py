"""The two kinds of tuning, by pairs and by labels: what each reads, learns from, looks at and is judged by."""
