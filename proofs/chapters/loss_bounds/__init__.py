"""Chapter L: bounds on the loss."""
