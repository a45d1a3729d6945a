"""Checks of chapter C: a bottleneck."""
