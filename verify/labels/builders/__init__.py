"""Builders of synthetic label distributions, by what they are about; ``families`` knows them by name."""
