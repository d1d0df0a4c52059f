"""Rows that leave the process: messages and jobs, leased, retried, replayable."""
