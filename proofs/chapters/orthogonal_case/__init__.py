"""Chapter O: perfect orthogonality and tag-wise averaging."""
