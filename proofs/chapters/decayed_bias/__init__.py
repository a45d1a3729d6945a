"""Chapter E: a bias that decays."""
