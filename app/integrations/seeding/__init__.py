"""Synthetic complaints in any number, made by the same intake and steps as real ones: to try the product at size."""
