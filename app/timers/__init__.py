"""Rows that fire."""
