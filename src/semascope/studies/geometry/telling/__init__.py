"""What a study of spaces says, in words for a reader."""
