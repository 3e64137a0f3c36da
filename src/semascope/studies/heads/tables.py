"""What every cell of a study of heads hands over beside its record: its predictions of rows that it did not see."""

HELD_OUT, OUT_OF_FOLD = TABLES = ("held_out", "out_of_fold")
