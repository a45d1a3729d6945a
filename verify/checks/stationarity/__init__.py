"""Chapter U, first half, checked: what holds at every stationary point."""
