"""People and teams out of files."""
