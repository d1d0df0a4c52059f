"""The clocks of running complaints are armed anew, batch by batch: after a publish, or for customers with another segment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.actor import SYSTEM
from app.access.answers import Answer
from app.complaints.queries import running
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


async def retime(desk: Desk, args: Mapping[str, Any], progress: Mapping[str, Any], keep: Keep) -> Mapping[str, Any]:
    """Arm the clocks of every complaint that goes on by the terms that are current now; how many had to be changed.

    `customers` in the arguments: of their complaints only.

    Whoever reads a complaint meanwhile sees the truth already: what is shown is computed, only what fires is armed.
    """
    after, count = UUID(progress.get("after", str(UUID(int=0)))), int(progress.get("changed", 0))
    of = [UUID(one) for one in args["customers"]] if "customers" in args else None
    while ids := await _batch(desk, after, of):
        for complaint_id in ids:
            answer, _ = await change(desk, SYSTEM, BY_SYSTEM, complaint_id, None, Reply(_set), _decide)
            count += answer.status == SET
        after = ids[-1]
        await keep({"after": str(after), "changed": count})
    return {"changed": count}


async def _batch(desk: Desk, after: UUID, customers: Sequence[UUID] | None) -> list[UUID]:
    """The next of them, in the order of their ids."""
    own = complaint.c
    query = select(own.id).where(running(), own.id > after).order_by(own.id).limit(ROWS)
    if customers is not None:
        query = query.where(own.customer_id.in_(customers))
    async with desk.runtime.db.read() as conn:
        return list((await conn.execute(query)).scalars())


async def _decide(definition: Definition, situation: Situation, _sealer: Sealer) -> Changed:
    found = timed(definition, situation, [])
    return retimed(situation) if found.patch or found.inserts else Changed(situation, moved=False)


def _set(result: Result) -> Answer:
    return Answer(SET if result.events else 204, {}, b"")
