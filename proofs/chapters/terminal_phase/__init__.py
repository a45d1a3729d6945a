"""Chapter T: the penalty tends to 0."""
