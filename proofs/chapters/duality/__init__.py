"""Chapter U, second half: optimality, the dual, and enclosures from a gap."""
