"""Bulk import of files by a declared map, and streamed export. Nothing in a file is guessed; every refused row is listed."""
