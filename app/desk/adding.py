"""What is only added to a complaint, beginning with notes: no If-Match is asked; each reads again and decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from app.access.actor import Actor
from app.access.answers import Answer
from app.access.users import find_by_id
from app.audit.events import By, Event
from app.db.engine import as_dict
from app.db.statement import Guarded, Insert, Update
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.telling import told
from app.errors import Invalid, NotFound, Reason
from app.workflow.definition import Definition


async def add_note(desk: Desk, actor: Actor, by: By, complaint_id: UUID, text: str, reply: Reply) -> tuple[Answer, bool]:
    """Keep a note. The version stays: a note is no fact that a guard reads."""

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        sealed = await sealer.sealed(text, "text")
        event = told("noted", situation, {"note": sealed.reference})
        return Changed(situation, events=[event], moved=False, extra={"text": text})

    return await change(desk, actor, by, complaint_id, None, reply, decide)


def moved(
    kind: str,
    situation: Situation,
    facts: Mapping[str, Any],
    data: Mapping[str, Any],
    *,
    inserts: Sequence[Insert] = (),
    updates: Sequence[Update] = (),
    item: Mapping[str, Any] | None = None,
    also: Sequence[Event] = (),
    occurred_at: datetime | None = None,
    guarded: Sequence[Guarded] = (),
) -> Changed:
    """A change that raises the version: `facts` of the complaint, one event that carries them, `also` events beside it."""
    seq = situation.complaint["version"] + 1
    patch = {**facts, "version": seq, "last_at": situation.at}
    event = told(kind, situation, data, seq=seq, patch=patch, occurred_at=occurred_at)
    extra = {"item": dict(item)} if item is not None else None
    return Changed(situation.with_(patch), inserts, updates, [event, *also], extra=extra, guarded=guarded)


async def row_of(desk: Desk, table: Table, row_id: UUID, complaint_id: UUID) -> dict[str, Any]:
    """A row that belongs to the complaint; read after the complaint itself, so the compared version covers it. NotFound."""
    async with desk.runtime.db.read() as conn:
        found = (await conn.execute(select(table).where(table.c.id == row_id, table.c.complaint_id == complaint_id))).first()
    if found is None:
        raise NotFound(what=table.name.replace("_", " "))
    return as_dict(found)


async def check_person(desk: Desk, user_id: UUID | None, where: str) -> None:
    """Raises Invalid for a user who is not there or not active."""
    if user_id is None:
        return
    async with desk.runtime.db.read() as conn:
        user = await find_by_id(conn, user_id)
    if user is None or not user.active:
        raise Invalid(Reason("user_unknown", where, {"name": user_id}))
