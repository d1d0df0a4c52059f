"""Suggestions: made with a complaint or apart from one, answered by their owner, the answer told to whoever made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.answers import Answer, Request
from app.access.sealed import open_texts
from app.access.tables import data_key
from app.access.vault import DataKey
from app.audit.events import By, Event
from app.audit.record import record
from app.commitments.suggestions import suggestion, suggestion_row
from app.complaints.tables import complaint as complaint_table
from app.customers.tables import customer
from app.db.engine import as_dict
from app.db.statement import Insert, by_table
from app.desk.amend import LEADS
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.once import Work, once
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.terms import Terms
from app.errors import Invalid, NotFound, Reason, Refused
from app.people.notices import notice_row
from app.workflow.definition import Definition


@dataclass(frozen=True, slots=True)
class Suggested:
    """What is suggested, by whom (`source`), about what."""

    source: str
    words: str
    tag: str | None = None
    product: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which suggestions to list; None = no matter. `mine`: those that this person has to answer."""

    status: str | None = None
    source: str | None = None
    tag: str | None = None
    product: str | None = None
    complaint: UUID | None = None
    mine: Actor | None = None


async def suggest(desk: Desk, actor: Actor, by: By, complaint_id: UUID, made: Suggested, reply: Reply) -> tuple[Answer, bool]:
    """Keep a suggestion that came with a complaint; its words are sealed under the customer's key. The version stays."""

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        check_tag(situation.terms, made.tag)
        complaint = situation.complaint
        row = suggestion_row(
            situation.terms.policy.feedback,
            situation.by,
            situation.at,
            made.source,
            tag=made.tag or complaint["cause"] or next(iter(complaint["tags"]), None),
            product=made.product,
            complaint=complaint,
        )
        row["words"] = (await sealer.sealed(made.words, "words")).reference
        event = Event("suggested", situation.at, situation.by, complaint["id"], complaint["customer_id"], data=_told(row))
        return Changed(situation, [Insert(suggestion, row)], events=[event], moved=False, extra={"item": row})

    return await change(desk, actor, by, complaint_id, None, reply, decide)


def suggesting(desk: Desk, by: By, made: Suggested, render: Any) -> Work:
    """Keep a suggestion apart from any complaint; for `once`. Its words are sealed under the house's own key."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        terms = await desk.terms()
        check_tag(terms, made.tag)
        at = desk.runtime.clock.now()
        row = suggestion_row(terms.policy.feedback, by, at, made.source, tag=made.tag, product=made.product)
        row["sealed"] = desk.vault.own_key.seal(made.words.encode(), _place(row["id"], "words"))
        await conn.execute(suggestion.insert().values(**row))
        await record(conn, Event("suggested", at, by, data=_told(row)))
        return render(row), None

    return work


async def answer(
    desk: Desk, actor: Actor, by: By, suggestion_id: UUID, words: str, request: Request | None, render: Any
) -> tuple[Answer, bool]:
    """Answer a suggestion; whoever has to tell the suggester gets a notice. Raises Refused for others than its owner."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        row, at = await _row(conn, suggestion_id), desk.runtime.clock.now()
        if not (actor.name == row["owner"] or row["owner_role"] in actor.roles or actor.roles & LEADS):
            raise Refused(Reason("not_the_owner", "id", {"owner": row["owner"] or row["owner_role"]}), code="change_refused")
        if row["status"] != "open":
            raise Refused(Reason("suggestion_answered", "status", {"status": row["status"]}), code="change_refused")
        changed: dict[str, Any] = {"status": "answered", "answered_by": by.name, "answered_at": at}
        changed |= await _sealed_answer(desk, conn, row, words, at)
        row |= changed
        await _store(conn, row, changed, by, at)
        for insert in await _to_tell(conn, row, at):
            await conn.execute(insert.table.insert().values(**insert.row))
        return render(row), None

    return await once(desk, request, work)


async def tell(desk: Desk, by: By, suggestion_id: UUID, how: str, request: Request | None, render: Any) -> tuple[Answer, bool]:
    """Record that the suggester was told the answer, and how. Raises Refused before there is one."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        row, at = await _row(conn, suggestion_id), desk.runtime.clock.now()
        if row["status"] != "answered":
            raise Refused(Reason("suggestion_not_answered", "status", {"status": row["status"]}), code="change_refused")
        changed = {"status": "told", "told_how": how, "told_by": by.name, "told_at": at}
        row |= changed
        await _store(conn, row, changed, by, at)
        return render(row), None

    return await once(desk, request, work)


async def listed(desk: Desk, wanted: Wanted, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Suggestions, the newest first, each with its words (None: erased)."""
    own = suggestion.c
    where: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (own.status, wanted.status),
            (own.source, wanted.source),
            (own.tag, wanted.tag),
            (own.product, wanted.product),
            (own.complaint_id, wanted.complaint),
        )
        if value is not None
    ]
    if wanted.mine is not None:
        roles = own.owner_role.in_(sorted(wanted.mine.roles))
        where.append(or_(own.owner == wanted.mine.name, and_(own.owner.is_(None), roles)))
    if before is not None:
        where.append(own.id < before)
    async with desk.runtime.db.read() as conn:
        rows = [as_dict(r) for r in await conn.execute(select(suggestion).where(*where).order_by(own.id.desc()).limit(limit))]
        return await with_words(desk, conn, rows)


async def with_words(desk: Desk, conn: AsyncConnection, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with `words` and `answer` opened."""
    texts = await open_texts(conn, desk.vault, [r[name]["text"] for r in rows for name in ("words", "answer") if r[name]])
    shown = []
    for row in rows:
        opened = {name: texts.get(row[name]["text"]) if row[name] else None for name in ("words", "answer")}
        for name, sealed in (("words", row["sealed"]), ("answer", row["answer_sealed"])):
            if sealed is not None:
                opened[name] = desk.vault.own_key.open(sealed, _place(row["id"], name)).decode()
        shown.append({**row, **opened})
    return shown


def check_tag(terms: Terms, tag: str | None) -> None:
    """Raise Invalid for a tag that is not in the library."""
    if tag is not None and terms.tags is not None and (strange := terms.tags.refused([tag], "tag")):
        raise Invalid(*(Reason(r.code, "tag", r.params) for r in strange))


def _place(row_id: UUID, name: str) -> bytes:
    """To what the words are bound."""
    return UUID(str(row_id)).bytes + name.encode()


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {"suggestion": row["id"], "source": row["source"], "owner": row["owner"] or row["owner_role"]}


async def _row(conn: AsyncConnection, suggestion_id: UUID) -> dict[str, Any]:
    found = (await conn.execute(select(suggestion).where(suggestion.c.id == suggestion_id).with_for_update())).first()
    if found is None:
        raise NotFound(what="suggestion")
    return as_dict(found)


async def _store(conn: AsyncConnection, row: dict[str, Any], changed: dict[str, Any], by: By, at: datetime) -> None:
    await conn.execute(update(suggestion).where(suggestion.c.id == row["id"]).values(**changed))
    data = {**_told(row), "to": row["status"], **({"how": row["told_how"]} if row["told_how"] else {})}
    await record(conn, Event("suggestion_moved", at, by, row["complaint_id"], row["customer_id"], data=data))


async def _sealed_answer(desk: Desk, conn: AsyncConnection, row: dict[str, Any], words: str, at: datetime) -> dict[str, Any]:
    """The column of the answer; under the customer's key where there is a customer."""
    if row["complaint_id"] is None:
        return {"answer_sealed": desk.vault.own_key.seal(words.encode(), _place(row["id"], "answer"))}
    query = (
        select(complaint_table.c.opened_at, data_key.c.wrapped)
        .join(customer, customer.c.id == complaint_table.c.customer_id)
        .join(data_key, data_key.c.id == customer.c.key_id)
        .where(complaint_table.c.id == row["complaint_id"])
    )
    opened_at, wrapped = (await conn.execute(query)).one()
    key = desk.vault.unwrap(wrapped) if wrapped is not None else None
    sealer = Sealer(desk.tokens, key, row["customer_id"], row["complaint_id"], at, opened_at)
    reference = sealer.seal(words, "words").reference
    for table, rows in by_table(sealer.inserts).items():
        await conn.execute(table.insert(), [dict(r) for r in rows])
    return {"answer": reference}


async def _to_tell(conn: AsyncConnection, row: dict[str, Any], at: datetime) -> list[Insert]:
    """To the handler or shop that suggested it, the answer is there; of a customer's, to whoever owns the complaint: tell him."""
    user, number = row["by_id"], None
    if row["complaint_id"] is not None:
        own = complaint_table.c
        query = select(own.owner_id, own.number).where(own.id == row["complaint_id"])
        owner, number = (await conn.execute(query)).one()
        user = (owner or user) if row["source"] == "customer" else user
    data = {"tag": row["tag"] or "-", "number": number or "-"}
    if user is None or user.int == 0:
        return [notice_row(at, "suggestion_answered", role="supervisor", complaint_id=row["complaint_id"], data=data)]
    kind = "suggestion_answered" if row["source"] == "customer" else "own_suggestion_answered"
    return [notice_row(at, kind, user=user, complaint_id=row["complaint_id"], data=data)]
