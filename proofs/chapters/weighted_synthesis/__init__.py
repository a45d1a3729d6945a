"""Chapter W: what is synthesised from what."""
