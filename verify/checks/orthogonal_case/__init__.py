"""Chapter O, checked: perfect orthogonality and tag-wise averaging."""
