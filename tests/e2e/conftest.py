"""What tests over HTTP share: a world on a fresh database of each kind."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from app.clock import FrozenClock
from tests.conftest import START
from tests.databases import Postgres, SQLite, run
from tests.e2e.api_world import World, prepare, world


@dataclass(frozen=True)
class Prepared:
    """A world that is copied for each test: its folder (master key, SQLite's database), its tokens by role, PostgreSQL's database."""

    folder: Path
    tokens: dict[str, str]
    template: str | None = None


@pytest.fixture(params=["sqlite", "postgresql"])
def ready(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A prepared database of this test's own, with its master key in `tmp_path`: its URL and its tokens by role."""
    prepared: Prepared = request.getfixturevalue(f"prepared_{request.param}")
    shutil.copytree(prepared.folder, tmp_path, dirs_exist_ok=True)
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'amends.db'}", prepared.tokens
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name, url = postgres.create(prepared.template)
    yield url, prepared.tokens
    postgres.drop(name)


@pytest_asyncio.fixture
async def amends(ready: tuple[str, dict[str, str]], tmp_path: Path, clock: FrozenClock) -> AsyncIterator[World]:
    """The whole API on SQLite and on PostgreSQL."""
    async with world(ready[0], tmp_path, clock, ready[1]) as made:
        yield made


@pytest.fixture(scope="session")
def prepared_postgresql(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """The same on PostgreSQL: a database from which others are made."""
    folder = tmp_path_factory.mktemp("prepared_postgresql")
    name, url = postgres.create()
    yield Prepared(folder, run(prepare(url, folder, FrozenClock(START))), name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def prepared_sqlite(sqlite_template: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The delivered definitions and a user of each role, made once."""
    folder = tmp_path_factory.mktemp("prepared")
    url = sqlite_template.create(folder)
    return Prepared(folder, run(prepare(url, folder, FrozenClock(START))))


@pytest_asyncio.fixture
async def embedded(prepared_sqlite: Prepared, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[World]:
    """The whole API on SQLite alone, for what no database has a part in."""
    shutil.copytree(prepared_sqlite.folder, tmp_path, dirs_exist_ok=True)
    async with world(f"sqlite+aiosqlite:///{tmp_path / 'amends.db'}", tmp_path, clock, prepared_sqlite.tokens) as made:
        yield made
