"""Chapter U, second half, checked: optimality, the dual, and enclosures from a gap."""
