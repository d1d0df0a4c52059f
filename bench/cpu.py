"""Processor time of a server: the figure that other work on the machine disturbs least."""

from __future__ import annotations

import os
from pathlib import Path


def used(before: float | None, after: float | None) -> float | None:
    """Seconds between two looks."""
    return None if before is None or after is None else after - before


def seconds(session: int) -> float | None:
    """Processor time so far of all living processes of `session`; None where /proc is not there to tell.

    Every server is started as the leader of a session of its own, so that its workers are found by it.
    """
    proc = Path("/proc")
    if not (proc / "self" / "stat").exists():
        return None
    total = 0
    for folder in proc.iterdir():
        if folder.name.isdigit():
            try:
                # The name in parentheses may hold anything; what follows the last one are plain numbers.
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # ended between the listing and the look
            if int(fields[3]) == session:
                total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")
