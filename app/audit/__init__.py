"""What happened, who did it and why: one append-only table, and the order in which it is resumed."""
