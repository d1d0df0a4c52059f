"""What the proofs share: a served product on a fresh database of each kind, one for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import Postgres, SQLite, run
from tests.proofs.server import Served


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A running server, on SQLite and on PostgreSQL. A file's `SETTINGS` (by database) and `PROGRAM` say how it is run."""
    folder = tmp_path_factory.mktemp("served")
    settings = getattr(request.module, "SETTINGS", {}).get(request.param, {})
    more = {"program": request.module.PROGRAM} if hasattr(request.module, "PROGRAM") else {}
    worker = getattr(request.module, "WORKER", False)
    if request.param == "sqlite":
        template: SQLite = request.getfixturevalue("sqlite_template")
        made = Served(template.create(folder), folder, settings, **more)
        yield from _running(made, worker=worker)
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name, url = postgres.create()
    yield from _running(Served(url, folder, settings, **more), worker=worker)
    postgres.drop(name)


def _running(made: Served, *, worker: bool) -> Iterator[Served]:
    try:
        run(made.start(worker=worker))
        yield made
    finally:
        made.stop()
