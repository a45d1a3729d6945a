"""Chapter D: the terminal phase at any rank."""
