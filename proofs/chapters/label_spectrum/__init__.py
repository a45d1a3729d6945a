"""Chapter S: the label covariance spectrum."""
