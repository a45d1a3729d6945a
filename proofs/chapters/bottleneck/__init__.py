"""Chapter C: a bottleneck."""
