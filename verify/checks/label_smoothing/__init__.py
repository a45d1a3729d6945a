"""Chapter Y, checked: label smoothing."""
