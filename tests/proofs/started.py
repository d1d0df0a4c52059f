"""`amends COMMAND` as a process of its own, forked from one that has imported the product already.

A kill, a signal, a port and a database are as real as ever; only the two seconds of imports are spent once. That `amends` starts
from nothing too is seen where the command line, the tutorial and several web processes are tested.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["app.cli", "app.cli.serving"])


class Started:
    """The process; asked and ended as one of `subprocess`."""

    def __init__(self, command: Sequence[str], folder: Path, env: Mapping[str, str], log: Path) -> None:
        self._process = _FORKS.Process(target=_begin, args=(list(command), folder, dict(env), log), daemon=False)
        self._process.start()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """How it ended: minus the number of a signal; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """`returncode`."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("amends", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()


def _begin(command: list[str], folder: Path, env: dict[str, str], log: Path) -> None:
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.argv = ["amends", *command]

    from app.cli import main

    main()
