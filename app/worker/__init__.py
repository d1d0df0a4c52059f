"""Background work: one list of jobs, one loop."""
