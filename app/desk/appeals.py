"""Appeals at the desk: taken down beside their complaint, moved on, listed by the date on which we must reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.answers import Answer
from app.access.sealed import open_texts, references, resolve
from app.audit.events import By, Event
from app.commitments.appeal_tables import appeal
from app.commitments.appeals import STEPS, dates_of, reply_due
from app.complaints.tables import complaint as complaint_table
from app.db.engine import as_dict
from app.db.ids import new_id
from app.db.statement import Insert, Update
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.errors import Invalid, NotFound, Reason, Refused
from app.people.notices import notice_row
from app.texts import Lang, say
from app.workflow.definition import Definition

Row = Mapping[str, Any]
LED_BY = "supervisor"
SEALED = ("reference", "ground", "reply", "mediation", "result_words")


@dataclass(frozen=True, slots=True)
class Received:
    """An appeal that came in: the body (as the policy names it), its number, what it wrote, when."""

    body: str
    reference: str | None = None
    ground: str | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What happened next: `status` as in STEPS; the words of our reply, of the mediation, or of the result."""

    status: str
    at: datetime | None = None
    by: str | None = None
    words: str | None = None
    result: str | None = None


async def add_appeal(desk: Desk, actor: Actor, by: By, complaint_id: UUID, given: Received, reply: Reply) -> tuple[Answer, bool]:
    """Take down an appeal; the complaint becomes as severe and as sensitive as the policy says, the supervisors are told.

    It may come after the complaint has ended. Raises Invalid for a body that the policy does not name, a time to come.
    """

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        rules, own = situation.terms.policy.appeals, situation.complaint
        known = rules.bodies if rules is not None else {}
        if rules is None or given.body not in known:
            raise Invalid(Reason("appeal_body", "body", {"known": ", ".join(known) or "-"}))
        at = _past(given.received_at, situation.at, "received_at")
        body = known[given.body]
        due = {n: t.isoformat() for n, t in dates_of(body, "received", at, situation.terms.calendars).items()}
        row = {
            "id": new_id(situation.at),
            "complaint_id": own["id"],
            "customer_id": own["customer_id"],
            "body": given.body,
            "reference": sealer.seal(given.reference, "reference").reference if given.reference else None,
            "ground": sealer.seal(given.ground, "ground").reference if given.ground else None,
            "received_at": at,
            "status": "received",
            "due": due,
            "reply_due_at": reply_due(body, due),
            "by": situation.by.name,
            "created_at": situation.at,
        }
        row |= {str(c.name): None for c in appeal.columns if c.name not in row}
        facts = {"severity": max(own["severity"], rules.severity), "sensitive": own["sensitive"] or rules.sensitive}
        facts = {name: value for name, value in facts.items() if own[name] != value}
        told = {"appeal": row["id"], "body": given.body, "received_at": at, "due": due, **facts}
        changed = _changed("appealed", definition, situation, {**facts, "counters": _counted(own, 1)}, told)
        title = f"{body.title.zh} / {body.title.en}"
        notice = notice_row(
            situation.at, "appeal_received", role=LED_BY, complaint_id=own["id"], data={"number": own["number"], "body": title}
        )
        return replace(changed, inserts=[Insert(appeal, row), notice], extra={"item": row})

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def move_appeal(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, appeal_id: UUID, step: Step, reply: Reply
) -> tuple[Answer, bool]:
    """Move an appeal on: accepted by the body, replied to by us (how, the words), in mediation, ended with a result."""

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        async with desk.runtime.db.read() as conn:
            mine = (appeal.c.id == appeal_id) & (appeal.c.complaint_id == complaint_id)
            found = (await conn.execute(select(appeal).where(mine))).first()
        if found is None:
            raise NotFound(what="appeal")
        row = as_dict(found)
        if not STEPS[row["status"]]:
            raise Refused(Reason("appeal_ended", "status"), code="change_refused")
        if step.status not in STEPS[row["status"]]:
            params = {"from": row["status"], "allowed": ", ".join(STEPS[row["status"]])}
            raise Refused(Reason("appeal_step", "status", params), code="change_refused")
        at = _past(step.at, situation.at, "at")
        moved = {**row, "status": step.status, **_values(step, at, sealer)}
        rules = situation.terms.policy.appeals
        body = rules.bodies.get(row["body"]) if rules is not None else None
        if step.status == "accepted" and body is not None:
            more = dates_of(body, "accepted", at, situation.terms.calendars)
            moved["due"] = {**row["due"], **{name: time.isoformat() for name, time in more.items()}}
        answered = moved["replied_at"] is not None or moved["ended_at"] is not None
        moved["reply_due_at"] = None if answered else reply_due(body, moved["due"])
        told = {"appeal": appeal_id, "from": row["status"], "to": step.status, "at": at, "by": step.by, "result": step.result}
        facts = {"counters": _counted(situation.complaint, -1)} if step.status == "ended" else {}
        changed = _changed("appeal_moved", definition, situation, facts, told)
        return replace(changed, updates=[Update(appeal, moved)], extra={"item": moved})

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def appeals_of(desk: Desk, complaint_id: UUID, lang: Lang) -> list[Row]:
    """The appeals of a complaint, the oldest first, with their words. NotFound."""
    async with desk.runtime.db.read() as conn:
        there = select(complaint_table.c.id).where(complaint_table.c.id == complaint_id)
        if (await conn.execute(there)).first() is None:
            raise NotFound(what="complaint")
        query = select(appeal).where(appeal.c.complaint_id == complaint_id).order_by(appeal.c.id)
        rows = [as_dict(row) for row in await conn.execute(query)]
        texts = await open_texts(conn, desk.vault, references(rows))
    return [resolve(row, texts, say(lang, "access.erased")) for row in rows]


async def appeals_due(conn: AsyncConnection, body: str | None, before: datetime | None, limit: int) -> list[Row]:
    """Appeals that go on, the one to which we must reply soonest first; those replied to stand at the end."""
    own = complaint_table.c
    query = select(appeal, own.number, own.owner_id, own.team).join(complaint_table, own.id == appeal.c.complaint_id)
    query = query.where(appeal.c.ended_at.is_(None))
    if body is not None:
        query = query.where(appeal.c.body == body)
    if before is not None:
        query = query.where(appeal.c.reply_due_at < before)
    query = query.order_by(appeal.c.reply_due_at.is_(None), appeal.c.reply_due_at, appeal.c.id).limit(limit)
    return [as_dict(row) for row in await conn.execute(query)]


def _values(step: Step, at: datetime, sealer: Sealer) -> dict[str, Any]:
    """The columns that a step sets. Raises Invalid for what it lacks."""
    words = sealer.seal(step.words, "words").reference if step.words else None
    match step.status:
        case "accepted":
            return {"accepted_at": at}
        case "replied":
            lacking = [Reason("appeal_reply", name) for name in ("by", "words") if not getattr(step, name)]
            if lacking:
                raise Invalid(*lacking)
            return {"replied_at": at, "replied_by": step.by, "reply": words}
        case "mediation":
            return {"mediated_at": at, "mediation": words}
        case _:
            if step.result is None:
                raise Invalid(Reason("appeal_result", "result"))
            return {"ended_at": at, "result": step.result, "result_words": words}


def _past(at: datetime | None, now: datetime, where: str) -> datetime:
    if at is not None and at > now:
        raise Invalid(Reason("in_the_future", where))
    return at or now


def _counted(complaint: Row, more: int) -> dict[str, int]:
    """The counters with the number of open appeals."""
    return {**complaint["counters"], "open_appeals": max(0, complaint["counters"].get("open_appeals", 0) + more)}


def _changed(kind: str, definition: Definition, situation: Situation, facts: Row, data: Row) -> Changed:
    seq = situation.complaint["version"] + 1
    patch = {**facts, "version": seq, "last_at": situation.at}
    event = Event(
        kind,
        situation.at,
        situation.by,
        situation.complaint["id"],
        situation.complaint["customer_id"],
        seq=seq,
        data=data,
        patch=patch,
        workflow=definition.name,
        workflow_version=definition.version,
    )
    return Changed(situation.with_(patch), events=[event])
