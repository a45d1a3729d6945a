"""The proofs: a package per chapter of the theory, a function per claim."""
