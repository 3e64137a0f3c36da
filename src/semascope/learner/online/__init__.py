"""Learning for a service: what is acknowledged is on the disk, a repeat is harmless, and a crash loses nothing."""
