"""A study of retrieval with few judgements or none: a person is asked, a machine may help, and the bound holds at every look."""
