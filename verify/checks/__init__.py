"""The numeric checks, one module per chapter of the theory, in its order. The catalogue is ``verify.claims``."""
