"""Chapter W, checked: what is synthesised from what."""
