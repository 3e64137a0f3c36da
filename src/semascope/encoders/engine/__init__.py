"""What computes: the network of a checkpoint, packed or plain, from token ids to vectors."""
