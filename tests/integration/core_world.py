"""The delivered workflow on a real database, for tests of the engine's promises: people who act, complaints, their rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from app.access.actor import Actor
from app.access.answers import Answer
from app.access.keys import destroy_key
from app.boot import build_desk, publish_all
from app.clock import Clock
from app.complaints.search_sql import forget
from app.complaints.tables import complaint
from app.customers.tables import customer
from app.db.engine import as_dict
from app.desk.desk import Desk, by_of
from app.desk.intake import Opening, open_complaint
from app.desk.outcome import Reply, Result
from app.desk.transition import transition
from app.desk.who import Caller
from app.workflow.machine import Command
from tests.integration.worker_world import rows, settings

HANDLER = Actor(UUID("018f0000-0000-7000-8000-000000000001"), "li.na", "李娜", frozenset({"handler"}))
SUPERVISOR = Actor(UUID("018f0000-0000-7000-8000-000000000002"), "zhao", "赵主管", frozenset({"supervisor"}))
PHONE = "13961235611"
__all__ = ["HANDLER", "PHONE", "SUPERVISOR", "brief", "desk_at", "erase", "opened", "row", "rows", "step"]


@asynccontextmanager
async def desk_at(url: str, folder: Path, clock: Clock, **more: Any) -> AsyncIterator[Desk]:
    """A desk with connections of its own, as another process would have."""
    desk = await build_desk(settings(url, folder, **more), clock)
    try:
        await publish_all(desk)
        yield desk
    finally:
        await desk.runtime.db.close()


def brief(result: Result) -> Answer:
    """What the tests want to know of a change."""
    known = {"id": str(result.complaint["id"]), "state": result.complaint["state"], "version": result.complaint["version"]}
    return Answer(200, {}, orjson.dumps(known))


async def opened(desk: Desk, caller: Caller | None = None, reply: Reply | None = None, **more: Any) -> UUID:
    """A new complaint; its id."""
    opening = Opening(caller or Caller(phone=PHONE, name="张先生"), "phone", "多收了 30 元", **more)
    answer, _ = await open_complaint(desk, HANDLER, by_of(HANDLER), opening, reply or Reply(brief))
    return UUID(orjson.loads(answer.body or b"")["id"])


async def step(
    desk: Desk, complaint_id: UUID, *names: str | Command, actor: Actor = HANDLER, expected: int | None = None
) -> Mapping[str, Any]:
    """Take these steps in one request, each without data where only its name is given."""
    commands: Sequence[Command] = [one if isinstance(one, Command) else Command(one, {}) for one in names]
    answer, _ = await transition(desk, actor, by_of(actor), complaint_id, commands, Reply(brief), expected=expected)
    return dict(orjson.loads(answer.body or b""))


async def row(desk: Desk, complaint_id: UUID) -> Mapping[str, Any]:
    """The complaint as stored."""
    (found,) = await rows(desk, complaint, id=complaint_id)
    return found


async def erase(desk: Desk, complaint_id: UUID) -> None:
    """Destroy the key of the complaint's customer."""
    query = select(customer).join(complaint, complaint.c.customer_id == customer.c.id).where(complaint.c.id == complaint_id)
    async with desk.runtime.db.write() as conn:
        person = as_dict((await conn.execute(query)).one())
        await forget(conn, person["id"])
        assert await destroy_key(conn, person["key_id"], desk.runtime.clock.now())
