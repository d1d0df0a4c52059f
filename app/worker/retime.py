"""After a policy or a file of calendars was published: the clocks of running complaints are armed anew, batch by batch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.access.actor import SYSTEM
from app.access.answers import Answer
from app.complaints.tables import complaint
from app.db.background import ROWS
from app.desk.change import Changed, change
from app.desk.clock_firing import retimed
from app.desk.clocks import timed
from app.desk.desk import BY_SYSTEM, Desk
from app.desk.outcome import Reply, Result
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.workflow.definition import Definition

SET = 200
Keep = Callable[[Mapping[str, Any]], Awaitable[None]]


async def retime(desk: Desk, _args: Mapping[str, Any], progress: Mapping[str, Any], keep: Keep) -> Mapping[str, Any]:
    """Arm the clocks of every complaint that goes on by the terms that are current now; how many had to be changed.

    Whoever reads a complaint meanwhile sees the truth already: what is shown is computed, only what fires is armed.
    """
    after, count = UUID(progress.get("after", str(UUID(int=0)))), int(progress.get("changed", 0))
    while ids := await _batch(desk, after):
        for complaint_id in ids:
            answer, _ = await change(desk, SYSTEM, BY_SYSTEM, complaint_id, None, Reply(_set), _decide)
            count += answer.status == SET
        after = ids[-1]
        await keep({"after": str(after), "changed": count})
    return {"changed": count}


async def _batch(desk: Desk, after: UUID) -> list[UUID]:
    """Those that go on, and those at their end in which a clock still runs, in the order of their ids."""
    own = complaint.c
    running = or_(own.final.is_(False), own.next_deadline.is_not(None))
    async with desk.runtime.db.read() as conn:
        return list((await conn.execute(select(own.id).where(running, own.id > after).order_by(own.id).limit(ROWS))).scalars())


async def _decide(definition: Definition, situation: Situation, _sealer: Sealer) -> Changed:
    found = timed(definition, situation, [])
    return retimed(situation) if found.patch or found.inserts else Changed(situation, moved=False)


def _set(result: Result) -> Answer:
    return Answer(SET if result.events else 204, {}, b"")
