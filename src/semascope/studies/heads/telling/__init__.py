"""What a study says in sentences: the headline, the advice, notes."""
