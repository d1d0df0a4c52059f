"""What is only added: notes, promises, work orders (contacts: `touch`). No If-Match is asked; each reads again and decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By, Event
from app.commitments.rows import promise_row, work_order_row
from app.commitments.tables import promise, work_order
from app.db.engine import as_dict
from app.db.statement import Insert, Update
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.errors import Invalid, NotFound, Reason, Refused
from app.workflow.definition import Definition

STEPS: Mapping[str, tuple[str, ...]] = {
    "received": ("assigned", "in_progress", "fed_back", "cancelled"),
    "assigned": ("in_progress", "fed_back", "cancelled"),
    "in_progress": ("fed_back", "cancelled"),
    "fed_back": ("told", "in_progress"),
    "told": (),
    "cancelled": (),
}
"""How a work order may move; it is open until it is fed back or cancelled."""
OPEN = frozenset({"received", "assigned", "in_progress"})


async def add_note(desk: Desk, actor: Actor, by: By, complaint_id: UUID, text: str, reply: Reply) -> tuple[Answer, bool]:
    """Keep a note. The version stays: a note is no fact that a guard reads."""

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        sealed = await sealer.sealed(text, "text")
        event = _event("noted", situation, {"note": sealed.reference})
        return Changed(situation, events=[event], moved=False, extra={"text": text})

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def add_promise(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, kind: str, due: datetime, text: str | None, reply: Reply
) -> tuple[Answer, bool]:
    """Promise something to the customer by `due`. Raises Invalid for a time that is past."""

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        if due <= situation.at:
            raise Invalid(Reason("in_the_past", "due_at"))
        words = sealer.seal(text, "text").reference if text else None
        row = promise_row(situation.complaint, situation.by, situation.at, kind, due, words)
        patch = {"open_promises": situation.complaint["open_promises"] + 1}
        return _added("promised", situation, patch, Insert(promise, row), {"promise": row["id"], "kind": kind, "due_at": due})

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def end_promise(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, promise_id: UUID, status: str, evidence: str | None, reply: Reply
) -> tuple[Answer, bool]:
    """A promise was kept, broken or withdrawn. Raises Refused when it has ended before."""

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        row = await _row(desk, promise, promise_id, complaint_id)
        if row["status"] != "open":
            raise Refused(Reason("promise_ended", "status", {"status": row["status"]}), code="change_refused")
        proof = sealer.seal(evidence, "evidence").reference if evidence else None
        ended = {**row, "status": status, "ended_at": situation.at, "evidence": proof}
        complaint = situation.complaint
        patch = {
            "open_promises": complaint["open_promises"] - 1,
            "broken_promises": complaint["broken_promises"] + (status == "broken"),
        }
        changed = _added("promise_ended", situation, patch, None, {"promise": promise_id, "status": status})
        return replace(changed, updates=[Update(promise, ended)], extra={"item": ended})

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def add_work_order(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, department: str, request: str, due: datetime | None, reply: Reply
) -> tuple[Answer, bool]:
    """Ask a department for work. It counts as open in the same write, so that no step slips past a guard on it."""

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        if due is not None and due <= situation.at:
            raise Invalid(Reason("in_the_past", "due_at"))
        if situation.complaint["final"]:
            raise Refused(Reason("complaint_final", "state"), code="change_refused")
        words = sealer.seal(request, "request").reference
        row = work_order_row(situation.complaint, situation.by, situation.at, department, words, due)
        patch = {"open_work_orders": situation.complaint["open_work_orders"] + 1}
        return _added(
            "work_ordered", situation, patch, Insert(work_order, row), {"work_order": row["id"], "department": department}
        )

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def move_work_order(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, order_id: UUID, status: str, answer: str | None, reply: Reply
) -> tuple[Answer, bool]:
    """Move a work order on (see STEPS); feeding back needs an answer."""

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        row = await _row(desk, work_order, order_id, complaint_id)
        if status not in STEPS[row["status"]]:
            params = {"from": row["status"], "allowed": ", ".join(STEPS[row["status"]]) or "-"}
            raise Refused(Reason("work_order_step", "status", params), code="change_refused")
        if status == "fed_back" and not answer:
            raise Invalid(Reason("answer_missing", "answer"))
        moved = {**row, "status": status}
        if answer:
            moved["answer"] = sealer.seal(answer, "answer").reference
        if status in ("fed_back", "told"):
            moved[f"{status}_at"] = situation.at
        delta = (status in OPEN) - (row["status"] in OPEN)
        patch = {"open_work_orders": situation.complaint["open_work_orders"] + delta}
        data = {"work_order": order_id, "from": row["status"], "to": status}
        changed = _added("work_order_moved", situation, patch, None, data)
        return replace(changed, updates=[Update(work_order, moved)], extra={"item": moved})

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def _row(desk: Desk, table: Table, row_id: UUID, complaint_id: UUID) -> dict[str, Any]:
    """A row that belongs to the complaint; read after the complaint itself, so the compared version covers it."""
    async with desk.runtime.db.read() as conn:
        found = (await conn.execute(select(table).where(table.c.id == row_id, table.c.complaint_id == complaint_id))).first()
    if found is None:
        raise NotFound(what=table.name.replace("_", " "))
    return as_dict(found)


def _added(kind: str, situation: Situation, facts: Mapping[str, Any], insert: Insert | None, data: Mapping[str, Any]) -> Changed:
    seq = situation.complaint["version"] + 1
    patch = {**facts, "version": seq, "last_at": situation.at}
    event = _event(kind, situation, data, seq, patch)
    return Changed(
        situation.with_(patch), [insert] if insert else [], events=[event], extra={"item": insert.row} if insert else None
    )


def _event(
    kind: str,
    situation: Situation,
    data: Mapping[str, Any],
    seq: int | None = None,
    patch: Mapping[str, Any] | None = None,
    occurred_at: datetime | None = None,
) -> Event:
    complaint = situation.complaint
    return Event(
        kind,
        situation.at,
        situation.by,
        complaint["id"],
        complaint["customer_id"],
        seq,
        occurred_at,
        data=data,
        patch=patch or {},
        workflow=complaint["workflow"],
        workflow_version=complaint["workflow_version"],
    )
