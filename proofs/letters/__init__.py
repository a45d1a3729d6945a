"""The vocabulary that chapters share: letters, models, losses, roots and readings."""
