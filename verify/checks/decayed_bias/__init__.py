"""Checks of chapter E: a bias that decays."""
