"""Chapter S, checked: the label covariance spectrum."""
