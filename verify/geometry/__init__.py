"""What a label distribution, or an optimum, says of the geometry."""
