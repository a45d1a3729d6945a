"""Chapter T, checked: the penalty tends to 0."""
