"""What colours a map: labels, numbers, predictions."""
