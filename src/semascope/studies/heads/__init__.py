"""Small models on vectors, or on words, judged on rows of a table: the first kind of study."""
