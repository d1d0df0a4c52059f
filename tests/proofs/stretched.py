"""`amends` with a pause between each decision and its write: what slips in between has time to do so."""

from __future__ import annotations

import asyncio
from random import Random

from app.cli import main
from app.complaints import write
from app.db.engine import Database

_PAUSES = Random(7)
_store = write._store


async def _late(database: Database, plan: write.Plan) -> write.Outcome:
    await asyncio.sleep(_PAUSES.random() * 0.02)
    return await _store(database, plan)


if __name__ == "__main__":
    write._store = _late
    main()
