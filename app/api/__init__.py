"""The HTTP mouth."""
