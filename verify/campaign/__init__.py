"""Claims times distributions: what is run, recorded, and kept as a counterexample."""
