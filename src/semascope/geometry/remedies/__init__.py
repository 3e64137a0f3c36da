"""What mends a space: affine maps fitted on some of its rows."""
