"""From records and predictions to verdicts, the advised cell and the finished study."""
