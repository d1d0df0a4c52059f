"""Amends (转机): from complaint to care, and from care to a fitting offer."""

__version__ = "0.1.0"
