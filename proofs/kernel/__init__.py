"""What decides: formulas, the settings that compute with them, derivations and their checks."""
