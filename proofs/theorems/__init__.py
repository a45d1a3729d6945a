"""Proofs as objects: for a claim with a formal statement, the steps from its hypotheses to its goal."""
