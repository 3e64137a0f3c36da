"""Training a whole network on scored texts, or an adapter inside it, and keeping it as an encoder with a head."""
