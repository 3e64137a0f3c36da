"""What is wrong with a table in a way that changes the answer, and what was looked for without being found."""
