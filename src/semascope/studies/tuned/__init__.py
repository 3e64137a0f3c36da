"""A tuned encoder held against its base: the kind of study that is about encoders that learnt."""
