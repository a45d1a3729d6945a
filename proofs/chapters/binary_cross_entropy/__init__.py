"""Chapter B: binary cross entropy."""
