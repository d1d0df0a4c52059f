"""Versioned definitions that a business user may change."""
