"""One serving process and one worker on SQLite: a second one is refused with the remedy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import AmendsError, Reason


class AlreadyRunning(AmendsError):
    """Another process does this already on the same SQLite file."""

    code = "already_running"


@contextmanager
def only_one(var: Path, what: str) -> Iterator[None]:
    """Hold the lock file of `what` (`serve`, `worker`) in `var` for the length of the block. Raises AlreadyRunning."""
    import fcntl

    var.mkdir(parents=True, exist_ok=True)
    handle = os.open(var / f"{what}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(Reason("already_running", params={"what": what})) from error
        yield
    finally:
        os.close(handle)
