"""What keeps the record append-only is there, and is missed when somebody takes it away or switches it off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.db import guards
from app.db.engine import Database

OFF = {
    "a dropped trigger": "DROP TRIGGER guard_leaf_row ON leaf",
    "a trigger switched off": "ALTER TABLE leaf DISABLE TRIGGER guard_leaf_row",
    "a trigger that fires for replicas alone": "ALTER TABLE leaf ENABLE REPLICA TRIGGER guard_leaf_row",
    "a trigger switched off on one partition": "ALTER TABLE event_other DISABLE TRIGGER guard_event_row",
}


@pytest.mark.parametrize("way", OFF)
async def test_a_guard_that_does_not_work_is_missed_and_put_back(way, postgresql_url):
    db = Database(postgresql_url, 2)
    try:
        async with db.write() as conn:
            assert await conn.run_sync(guards.missing) == []
            await conn.execute(text(OFF[way]))
            assert await conn.run_sync(guards.missing) == ["guard_event_row" if "event" in OFF[way] else "guard_leaf_row"]
            await conn.run_sync(guards.install, datetime.now(UTC))
            assert await conn.run_sync(guards.missing) == []
    finally:
        await db.close()
