"""What the proofs share: a served product on a fresh database of each kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.proofs.server import Served


@pytest_asyncio.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    """A running server, on SQLite and on PostgreSQL."""
    made = Served(database_url, tmp_path)
    try:
        await made.start()
        yield made
    finally:
        made.stop()
