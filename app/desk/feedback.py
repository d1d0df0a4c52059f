"""Feeding a cause back to its owner: opened with the figures as they were, decided with a reason, its addressee reminded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.answers import Answer, Request
from app.access.users import find_user
from app.access.vault import DataKey
from app.audit.events import By, Event
from app.audit.record import record
from app.commitments.feedback import feedback_item
from app.complaints.tables import complaint
from app.db.engine import as_dict
from app.db.ids import new_id
from app.desk.amend import LEADS
from app.desk.desk import Desk
from app.desk.once import once
from app.desk.plain_words import refuse_personal
from app.errors import Invalid, NotFound, Reason, Refused
from app.people.notices import notice_row

Render = Any


@dataclass(frozen=True, slots=True)
class Fed:
    """What is fed back: a cause (and product), what is asked, whom, by when; `examples` are ids of complaints."""

    cause: str
    words: str
    due_at: datetime
    product: str | None = None
    user: str | None = None
    role: str | None = None
    examples: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What the addressee decides, why, and from when on it takes effect (not for `no`)."""

    decision: str
    reason: str
    effective_at: datetime | None = None


async def feed_back(
    desk: Desk, by: By, fed: Fed, figures: Mapping[str, Any], request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Open an item and tell its addressee. Raises Invalid: unknown cause, addressee or example, due in the past, personal words."""
    library = (await desk.terms()).tags
    if library is not None and (strange := library.refused_cause(fed.cause, "cause")) is not None:
        raise Invalid(strange)
    refuse_personal({"words": fed.words})

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        at = desk.runtime.clock.now()
        if fed.due_at <= at:
            raise Invalid(Reason("in_the_past", "due_at"))
        user = None if fed.user is None else await find_user(conn, fed.user)
        if fed.user is not None and (user is None or not user.active):
            raise Invalid(Reason("user_unknown", "to.user", {"name": fed.user}))
        known = set((await conn.execute(select(complaint.c.id).where(complaint.c.id.in_(list(fed.examples))))).scalars())
        strange = [Reason("complaint_unknown", f"examples[{n}]") for n, one in enumerate(fed.examples) if one not in known]
        if strange:
            raise Invalid(*strange)
        row = {
            "id": new_id(at),
            "version": 1,
            "cause": fed.cause,
            "product": fed.product,
            "words": fed.words,
            "figures": dict(figures),
            "examples": [str(one) for one in fed.examples],
            "addressee": fed.user,
            "addressee_role": fed.role,
            "due_at": fed.due_at,
            "reminded": 0,
            "status": "open",
            "by_id": by.id,
            "by": by.name,
            "at": at,
            **dict.fromkeys(("decision", "reason", "effective_at", "decided_by", "decided_at")),
        }
        await conn.execute(feedback_item.insert().values(**row))
        told = notice_row(
            at,
            "feedback_asked",
            user=None if user is None else user.id,
            role=fed.role,
            data={"cause": fed.cause, "due": _day(fed.due_at)},
        )
        await conn.execute(told.table.insert().values(**told.row))
        data = {"feedback": row["id"], "cause": fed.cause, "to": fed.user or fed.role, "due_at": fed.due_at}
        await record(conn, Event("fed_back", at, by, data=data))
        return render(row), None

    return await once(desk, request, work)


async def decide(
    desk: Desk, actor: Actor, by: By, item_id: UUID, decided: Decided, request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Decide on an item; whoever asked is told. Raises Refused for others than the addressee and for one decided before."""
    refuse_personal({"reason": decided.reason})
    if decided.decision != "no" and decided.effective_at is None:
        raise Invalid(Reason("field_missing", "effective_at"))
    if decided.decision == "no" and decided.effective_at is not None:
        raise Invalid(Reason("no_effect_of_no", "effective_at"))

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        found = (await conn.execute(select(feedback_item).where(feedback_item.c.id == item_id).with_for_update())).first()
        if found is None:
            raise NotFound(what="feedback")
        row, at = as_dict(found), desk.runtime.clock.now()
        if not (actor.name == row["addressee"] or row["addressee_role"] in actor.roles or actor.roles & LEADS):
            raise Refused(
                Reason("not_the_owner", "id", {"owner": row["addressee"] or row["addressee_role"]}), code="change_refused"
            )
        if row["status"] != "open":
            raise Refused(Reason("feedback_decided", "status", {"decision": row["decision"]}), code="change_refused")
        changed = {
            "version": row["version"] + 1,
            "status": "decided",
            "decision": decided.decision,
            "reason": decided.reason,
            "effective_at": decided.effective_at,
            "decided_by": by.name,
            "decided_at": at,
        }
        row |= changed
        await conn.execute(update(feedback_item).where(feedback_item.c.id == item_id).values(**changed))
        if row["by_id"] is not None and row["by_id"].int:
            told = notice_row(at, "feedback_decided", user=row["by_id"], data={"cause": row["cause"], "decision": decided.decision})
            await conn.execute(told.table.insert().values(**told.row))
        data = {"feedback": item_id, "cause": row["cause"], "decision": decided.decision, "effective_at": decided.effective_at}
        await record(conn, Event("feedback_decided", at, by, data=data))
        return render(row), None

    return await once(desk, request, work)


async def one(desk: Desk, item_id: UUID) -> dict[str, Any]:
    """The item. NotFound."""
    async with desk.runtime.db.read() as conn:
        found = (await conn.execute(select(feedback_item).where(feedback_item.c.id == item_id))).first()
    if found is None:
        raise NotFound(what="feedback")
    return as_dict(found)


async def listed(
    desk: Desk, *, status: str | None, cause: str | None, mine: Actor | None, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Items, the newest first; `mine`: addressed to this person."""
    own = feedback_item.c
    where = [column == value for column, value in ((own.status, status), (own.cause, cause)) if value is not None]
    if mine is not None:
        held = own.addressee_role.in_(sorted(mine.roles))
        where.append(or_(own.addressee == mine.name, and_(own.addressee.is_(None), held)))
    if before is not None:
        where.append(own.id < before)
    async with desk.runtime.db.read() as conn:
        rows = await conn.execute(select(feedback_item).where(*where).order_by(own.id.desc()).limit(limit))
        return [as_dict(row) for row in rows]


def _day(at: datetime) -> str:
    return at.date().isoformat()
