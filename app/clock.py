"""The one source of "now". Injected everywhere, so that tests and replays own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time as a timezone-aware UTC datetime."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)


class FrozenClock:
    """A clock that stands still until it is moved: for tests, demos and simulations."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The instant it was set to, UTC."""
        return self._at

    def advance(self, by: timedelta) -> datetime:
        """Move on by `by` and return the new instant."""
        self._at += by
        return self._at

    def set(self, at: datetime) -> None:
        """Jump to `at`, forward or back."""
        self._at = at
