"""Chapter U, first half: what holds at every stationary point."""
