"""Chapter L, checked: bounds on the loss."""
