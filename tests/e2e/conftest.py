"""What tests over HTTP share: a world on a fresh database of each kind."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from app.clock import FrozenClock
from tests.conftest import START
from tests.databases import SQLite, run
from tests.e2e.api_world import World, prepare, world


@dataclass(frozen=True)
class Prepared:
    """A SQLite world that is copied for each test: its folder (database, master key) and its tokens by role."""

    folder: Path
    tokens: dict[str, str]


@pytest_asyncio.fixture
async def amends(database_url: str, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[World]:
    """The whole API on SQLite and on PostgreSQL."""
    async with world(database_url, tmp_path, clock) as made:
        yield made


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
