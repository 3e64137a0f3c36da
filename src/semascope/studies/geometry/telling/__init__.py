"""What numbers of spaces say, in words."""
