"""The life of a complaint as data: read from YAML, checked, decided upon, drawn and simulated; no database, no clock."""
