"""Chapter Y: label smoothing."""
