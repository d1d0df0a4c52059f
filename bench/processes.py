"""Starting, pinning and ending the processes of a measurement."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.databases import ROOT, VAR


@dataclass(frozen=True, slots=True)
class Cores:
    """Which cores serve and which make load; empty = wherever the kernel likes."""

    serve: tuple[int, ...]
    serve_two: tuple[int, ...]
    load: tuple[int, ...]

    @classmethod
    def plan(cls) -> Cores:
        """One core for a server, one more for its second worker, one for the load generator.

        The database is left to the kernel. Below three cores nothing is pinned.
        """
        if not hasattr(os, "sched_getaffinity"):
            return cls((), (), ())
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 3:
            return cls((), (), ())
        return cls((cores[0],), (cores[0], cores[1]), (cores[-1],))


def _pin(cores: Sequence[int]) -> Callable[[], None] | None:
    if not cores:
        return None
    return lambda: os.sched_setaffinity(0, cores)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A server in the background; its output goes to a file that is shown when it fails."""

    def __init__(self, command: Sequence[str], env: dict[str, str], cores: Sequence[int], name: str) -> None:
        self._log = VAR / "logs" / f"{name}.log"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self.started = time.perf_counter()
        with self._log.open("w") as out:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **env},
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
                preexec_fn=_pin(cores),  # noqa: PLW1509
                start_new_session=True,
            )
        self.pid = self._process.pid

    def wait_until_answering(self, port: int, path: str = "/health/live") -> float:
        """Seconds from the start to the first HTTP answer of any status."""
        url = f"http://127.0.0.1:{port}{path}"
        while time.perf_counter() - self.started < 60:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended:\n{self._log.read_text()[-3000:]}")
            try:
                urllib.request.urlopen(url, timeout=5).close()
            except urllib.error.HTTPError:
                pass
            except OSError:
                time.sleep(0.01)
                continue
            return time.perf_counter() - self.started
        self.stop()
        raise RuntimeError(f"no answer within 60 s:\n{self._log.read_text()[-3000:]}")

    def log(self) -> str:
        return self._log.read_text()

    def stop(self) -> None:
        """SIGTERM to the whole group, SIGKILL after ten seconds."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()


def call(
    command: Sequence[str],
    *,
    env: dict[str, str] | None = None,
    given: str = "",
    cores: Sequence[int] = (),
) -> str:
    """Runs to the end; its standard output. Raises RuntimeError with what it said."""
    done = subprocess.run(
        command,
        env={**os.environ, **(env or {})},
        cwd=ROOT,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_pin(cores),
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-3000:]
        raise RuntimeError(f"{' '.join(map(str, command[:4]))} failed:\n{said}")
    return done.stdout


def last_json(text: str) -> Any:
    return json.loads(text.strip().splitlines()[-1])


def python_of(environment: Path) -> str:
    return str(environment / "bin" / "python")
