"""Numeric half of the suite: label distributions, their spectra, and the evidence for every claim."""
