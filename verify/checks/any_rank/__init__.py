"""Checks of chapter D: the terminal phase at any rank."""
