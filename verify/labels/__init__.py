"""Label distributions: the noun, its readers, and named families of them."""
