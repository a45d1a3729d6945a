"""Exact numbers: roots of real-rooted polynomials, balls, and matrix roots in balls."""
