"""The demo's clock: it runs with the machine's, and can be moved on by hours and days."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.clock import Clock


class DemoClock:
    """`base` plus what it was moved on by. Only the demo's own complaints are worked by it."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The present instant of the demo, UTC."""
        return self._base.now() + self._ahead

    def move_to(self, at: datetime) -> None:
        """Let it be `at` now; a moment that is past already changes nothing."""
        self._ahead += max(at - self.now(), timedelta())

    def reset(self) -> None:
        """Back to the machine's time."""
        self._ahead = timedelta()
