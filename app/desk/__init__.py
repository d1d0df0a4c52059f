"""The door: every change of a complaint passes through here, whoever asks."""
