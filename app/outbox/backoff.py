"""How long to wait before the next try: longer each time, and not everybody at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits of `first`, `first` × `factor`, … up to `longest`; each a fifth shorter or longer, by the row's own id."""

    first: timedelta
    factor: int
    longest: timedelta

    def wait(self, attempt: int, key: UUID) -> timedelta:
        """The wait after the `attempt`-th failure (from 1) of the row `key`. The same for the same row: no dice in a test."""
        # The last bits of a UUIDv7 are random: rows that failed together come back apart.
        spread = 0.8 + 0.4 * ((key.int >> (attempt % 16)) % 100_003) / 100_002
        grown: timedelta = self.first * int(self.factor ** min(attempt - 1, 12))
        return min(grown, self.longest) * spread


MESSAGES = Backoff(timedelta(seconds=5), 5, timedelta(hours=12))
"""5 s, 25 s, 2 min, 10 min, 52 min, 4 h, 12 h: an endpoint that is down for a night loses nothing."""
WORK = Backoff(timedelta(seconds=1), 4, timedelta(minutes=10))
"""Timers and jobs: 1 s, 4 s, 16 s … What they need is here, or the whole house stands still."""
