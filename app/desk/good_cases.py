"""Good cases: a closed complaint shown to everybody as a model, its lesson written anew and naming nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.answers import Answer, Request
from app.access.vault import DataKey
from app.audit.events import By, Event
from app.audit.record import record
from app.catalogue.anonymise import masked, personal
from app.catalogue.answers_tables import good_case, good_case_gram
from app.complaints.queries import load
from app.customers.profile import open_profile
from app.db.engine import as_dict, json_has
from app.db.ids import new_id
from app.desk.amend import LEADS
from app.desk.desk import Desk
from app.desk.once import once
from app.desk.plain_words import personal_reasons
from app.errors import Conflict, Invalid, NotFound, Reason, Refused

Render = Any
FIELDS = ("title", "situation", "done", "why")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What others may learn: the case in a line, what the customer met with, what was done, why it worked."""

    title: str
    done: str
    why: str
    situation: str | None = None
    tags: Sequence[str] = ()

    def fields(self) -> dict[str, str | None]:
        """The words by field."""
        return {name: getattr(self, name) for name in FIELDS}


@dataclass(frozen=True, slots=True)
class Preview:
    """The words as they would be kept, and where personal data was found: field → kinds."""

    fields: dict[str, str | None]
    found: dict[str, list[str]]


async def preview(desk: Desk, complaint_id: UUID, lesson: Lesson) -> Preview:
    """What masking would make of the words; nothing is stored. NotFound."""
    known = await _known(desk, complaint_id)
    fields = lesson.fields()
    return Preview(
        {name: None if text is None else masked(text, known) for name, text in fields.items()},
        {name: [one.kind for one in personal(text or "", known)] for name, text in fields.items()},
    )


async def mark(
    desk: Desk, by: By, complaint_id: UUID, lesson: Lesson, *, mask: bool, request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Mark a closed complaint as a model. Invalid names each place with personal data, unless it is to be masked."""
    terms = await desk.terms()
    if terms.tags is not None and (strange := terms.tags.refused(lesson.tags)):
        raise Invalid(*strange)
    known = await _known(desk, complaint_id)
    if not mask and (reasons := personal_reasons(lesson.fields(), known)):
        raise Invalid(*reasons)
    found = await load(desk.runtime.db, complaint_id, None)
    if found is None:
        raise NotFound(what="complaint")
    complaint = found.complaint
    if not complaint["final"]:
        raise Refused(Reason("complaint_not_final", "state"), code="change_refused")

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        at = desk.runtime.clock.now()
        own = good_case.c
        there = select(own.id).where(own.complaint_id == complaint_id, own.ended_at.is_(None))
        if (await conn.execute(there)).first() is not None:
            raise Conflict(Reason("model_there", "id"), code="already_there")
        cause = [complaint["cause"]] if complaint["cause"] else []
        row: dict[str, Any] = {
            "id": new_id(at),
            "complaint_id": complaint_id,
            "tags": list(lesson.tags) or list(dict.fromkeys([*cause, *complaint["tags"]])),
            **{name: None if text is None else masked(text, known) for name, text in lesson.fields().items()},
            "by_id": by.id,
            "by": by.name,
            "at": at,
            **dict.fromkeys(("ended_by", "ended_at", "ended_why")),
        }
        await conn.execute(good_case.insert().values(**row))
        grams = desk.tokens.telling("\n".join(row[name] or "" for name in FIELDS))
        if grams:
            await conn.execute(good_case_gram.insert(), [{"gram": gram, "case_id": row["id"]} for gram in grams])
        event = Event("model_marked", at, by, complaint_id, complaint["customer_id"], data={"model": row["id"], "marked": True})
        await record(conn, event)
        return render(row), None

    return await once(desk, request, work)


async def unmark(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, why: str | None, request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Take the mark away: by whoever made it, or by those who lead. Its words leave the library."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        own, at = good_case.c, desk.runtime.clock.now()
        found = (await conn.execute(select(good_case).where(own.complaint_id == complaint_id, own.ended_at.is_(None)))).first()
        if found is None:
            raise NotFound(what="good case")
        row = as_dict(found)
        if row["by"] != actor.name and not actor.roles & LEADS:
            raise Refused(Reason("not_the_owner", "id", {"owner": row["by"]}), code="change_refused")
        changed = {"ended_by": by.name, "ended_at": at, "ended_why": why}
        await conn.execute(update(good_case).where(own.id == row["id"]).values(**changed))
        await conn.execute(delete(good_case_gram).where(good_case_gram.c.case_id == row["id"]))
        await record(conn, Event("model_marked", at, by, complaint_id, data={"model": row["id"], "marked": False}))
        return render({**row, **changed}), None

    return await once(desk, request, work)


async def listed(desk: Desk, tag: str | None, q: str | None, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """The library, the newest first; `q` is looked for in its words."""
    own, db = good_case.c, desk.runtime.db
    where: list[ColumnElement[bool]] = [own.ended_at.is_(None)]
    if tag is not None:
        where.append(json_has(db.dialect, own.tags, tag))
    if q is not None:
        pattern = "%" + q.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where.append(or_(*(func.lower(own[name]).like(pattern, escape="\\") for name in FIELDS)))
    if before is not None:
        where.append(own.id < before)
    async with db.read() as conn:
        return [as_dict(r) for r in await conn.execute(select(good_case).where(*where).order_by(own.id.desc()).limit(limit))]


async def _known(desk: Desk, complaint_id: UUID) -> list[str | None]:
    """What is known of the customer: none of it may stand in the lesson."""
    found = await load(desk.runtime.db, complaint_id, None)
    if found is None:
        raise NotFound(what="complaint")
    key = desk.vault.unwrap(found.customer["wrapped"]) if found.customer["wrapped"] is not None else None
    profile = open_profile(key, found.customer)
    local = profile.phone[3:] if profile.phone and profile.phone.startswith("+86") else None
    return [profile.name, profile.phone, local, profile.external_id, profile.email, found.complaint["number"]]
