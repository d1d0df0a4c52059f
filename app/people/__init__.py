"""The people who work here: what they are told, and (above) who does what."""
