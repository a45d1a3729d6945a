"""Symbolic half of the suite: one module per chapter of the theory, each step checked by SymPy."""
