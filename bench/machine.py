"""What the figures were measured on, without anything that identifies the machine."""

from __future__ import annotations

import os
import platform
import statistics
import time
from importlib.metadata import version
from pathlib import Path

from bench.databases import VAR
from bench.processes import Cores


def describe(databases: list[str], cores: Cores | None = None) -> list[str]:
    """Lines of Markdown. `cores`: who was pinned where, if the measurement pins at all."""
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    stack = ", ".join(f"{name} {version(name)}" for name in ("fastapi", "uvicorn", "SQLAlchemy", "asyncpg"))
    pinned = []
    if cores is not None:
        pinned = [
            f"- server on one core (two workers: {len(cores.serve_two)}), load generator on another,"
            " database wherever the kernel puts it"
            if cores.serve
            else "- nothing pinned: too few cores, or no sched_setaffinity"
        ]
    system = f"{platform.system()} {platform.machine()}"
    return [
        f"- {available} cores ({_cpu()}), {gib:.0f} GiB memory, {system}; fdatasync of 8 KiB: median {_fdatasync_ms():.2f} ms",
        f"- Python {platform.python_version()}; {stack}",
        *(f"- {database}" for database in databases),
        *pinned,
    ]


def _cpu() -> str:
    try:
        with Path("/proc/cpuinfo").open() as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _fdatasync_ms() -> float:
    """Every commit waits for this; it explains most of the difference between two machines."""
    VAR.mkdir(parents=True, exist_ok=True)
    probe = VAR / "fdatasync"
    sync = getattr(os, "fdatasync", os.fsync)
    handle = os.open(probe, os.O_CREAT | os.O_WRONLY)
    try:
        times = []
        for _ in range(200):
            os.write(handle, b"\0" * 8192)
            started = time.perf_counter()
            sync(handle)
            times.append((time.perf_counter() - started) * 1000)
    finally:
        os.close(handle)
        probe.unlink()
    return statistics.median(times)
