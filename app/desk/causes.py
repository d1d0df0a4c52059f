"""Confirming the cause of a complaint: at the diagnosis or after it, by whom, on what evidence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.actor import Actor
from app.access.answers import Answer
from app.access.sealed import open_texts
from app.audit.events import By, Event
from app.audit.tables import event as event_table
from app.commitments.causes import Cause, cause, cause_row
from app.db.engine import as_dict
from app.db.statement import Insert, Update
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.errors import Invalid, Reason, Refused
from app.workflow.definition import DIAGNOSE, Definition


async def confirm_cause(desk: Desk, actor: Actor, by: By, complaint_id: UUID, found: Cause, reply: Reply) -> tuple[Answer, bool]:
    """Set the confirmed cause; an earlier one ends. Raises Invalid for a tag that is no leaf, Refused before the diagnosis."""

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        complaint, library = situation.complaint, situation.terms.tags
        if library is not None and (strange := library.refused_cause(found.tag, "tag")) is not None:
            raise Invalid(strange)
        if not await _diagnosed(desk, definition, complaint):
            raise Refused(Reason("not_diagnosed_yet", "state"), code="change_refused")
        evidence = sealer.seal(found.evidence, "evidence").reference
        row = cause_row(found, complaint, situation.customer, situation.by, situation.at, evidence)
        earlier = await _present(desk, complaint_id)
        updates = [] if earlier is None else [Update(cause, {**earlier, "ended_at": situation.at})]
        patch = {"cause": found.tag, "version": complaint["version"] + 1, "last_at": situation.at}
        told = Event(
            "cause_confirmed",
            situation.at,
            situation.by,
            complaint["id"],
            complaint["customer_id"],
            seq=patch["version"],
            data={
                "cause": row["id"],
                "from": complaint["cause"],
                "to": found.tag,
                "product": found.product,
                "place": row["place"],
                "evidence": evidence,
            },
            patch=patch,
            workflow=definition.name,
            workflow_version=definition.version,
        )
        return Changed(situation.with_(patch), [Insert(cause, row)], updates, [told], extra={"item": row})

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def causes_of(desk: Desk, complaint_id: UUID) -> list[dict[str, Any]]:
    """What was found, the latest first, each with its evidence in words (None: erased)."""
    async with desk.runtime.db.read() as conn:
        query = select(cause).where(cause.c.complaint_id == complaint_id).order_by(cause.c.id.desc())
        rows = [as_dict(row) for row in await conn.execute(query)]
        texts = await open_texts(conn, desk.vault, [row["evidence"]["text"] for row in rows])
    return [{**row, "evidence": texts.get(row["evidence"]["text"])} for row in rows]


async def _present(desk: Desk, complaint_id: UUID) -> dict[str, Any] | None:
    """Read after the complaint itself, so the compared version covers it."""
    async with desk.runtime.db.read() as conn:
        query = select(cause).where(cause.c.complaint_id == complaint_id, cause.c.ended_at.is_(None))
        row = (await conn.execute(query)).first()
    return None if row is None else as_dict(row)


async def _diagnosed(desk: Desk, definition: Definition, complaint: Any) -> bool:
    """Whether the complaint stands where it is diagnosed, or has been; in a workflow without such a step, always."""
    names = [t.name for t in definition.transitions if t.means == DIAGNOSE]
    if not names or complaint["final"] or definition.means(DIAGNOSE, complaint["state"]) is not None:
        return True
    query = (
        select(event_table.c.id).where(event_table.c.complaint_id == complaint["id"], event_table.c.transition.in_(names)).limit(1)
    )
    async with desk.runtime.db.read() as conn:
        return (await conn.execute(query)).first() is not None
