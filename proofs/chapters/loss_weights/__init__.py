"""Chapter V: weights in the loss."""
