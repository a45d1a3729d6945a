"""The feature model: losses, the solver, refinement, and certified optima."""
