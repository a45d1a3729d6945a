"""Chapter B, checked: binary cross entropy."""
