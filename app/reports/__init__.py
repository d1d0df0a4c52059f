"""Figures for those who lead and those who make products: each measure has one definition, with its period told."""
