"""Checks of chapter V: weights in the loss."""
