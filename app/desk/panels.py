"""Panels: made, joined with consent and left at will; asked to test something, and what their members say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.answers import Answer
from app.access.tables import data_key
from app.access.vault import DataKey
from app.audit.events import By, Event
from app.audit.record import record
from app.commitments.feedback import feedback_item
from app.commitments.panels import counted, panel, panel_member, panel_trial, panel_verdict
from app.commitments.suggestions import suggestion
from app.customers.queries import COLUMNS, by_id
from app.customers.tables import customer
from app.db.engine import as_dict
from app.db.ids import new_id
from app.desk.desk import Desk
from app.desk.once import Work
from app.desk.plain_words import refuse_personal
from app.desk.view import customer_view
from app.errors import Invalid, NotFound, Reason, Refused

Row = dict[str, Any]
Render = Callable[[Row], Answer]


def making(desk: Desk, by: By, name: str, title: Mapping[str, str], render: Render) -> Work:
    """Make a panel. Raises Refused for a name that is taken."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        at = desk.runtime.clock.now()
        if (await conn.execute(select(panel.c.id).where(panel.c.name == name))).first() is not None:
            raise Refused(Reason("panel_name_taken", "name", {"name": name}), code="change_refused")
        row = {"id": new_id(at), "name": name, "title": dict(title), "by": by.name, "at": at}
        await conn.execute(panel.insert().values(**row))
        await record(conn, Event("panel_made", at, by, data={"panel": row["id"], "name": name}))
        return render({**row, "members": 0}), None

    return work


def joining(
    desk: Desk, by: By, panel_id: UUID, customer_id: UUID, agreed_at: datetime | None, evidence: Mapping[str, Any], render: Render
) -> Work:
    """Take a customer in who agreed to it. Raises NotFound, Invalid (agreed in the future), Refused (a member already, erased)."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        at = desk.runtime.clock.now()
        if agreed_at is not None and agreed_at > at:
            raise Invalid(Reason("in_the_future", "agreed_at"))
        await _one(conn, panel, panel_id, "panel")
        person = await by_id(conn, customer_id)
        if person is None or person["wrapped"] is None:
            raise NotFound(what="customer")
        mine = (panel_member.c.panel_id == panel_id) & (panel_member.c.customer_id == person["id"]) & _stays()
        if (await conn.execute(select(panel_member.c.id).where(mine))).first() is not None:
            raise Refused(Reason("panel_member_already", "customer"), code="change_refused")
        row = {
            "id": new_id(at),
            "panel_id": panel_id,
            "customer_id": person["id"],
            "agreed_at": agreed_at or at,
            "evidence": dict(evidence),
            "by": by.name,
            "at": at,
            "left_at": None,
            "left_by": None,
        }
        await conn.execute(panel_member.insert().values(**row))
        data = {"panel": panel_id, "member": row["id"], "agreed_at": row["agreed_at"], "evidence": row["evidence"]}
        await record(conn, Event("panel_joined", at, by, None, person["id"], data=data))
        key = desk.vault.unwrap(person["wrapped"])
        return render({**row, "customer": customer_view(person, key)}), key

    return work


def leaving(desk: Desk, by: By, panel_id: UUID, member_id: UUID, render: Render) -> Work:
    """A member leaves, whenever he wants to; what he said stays. Who has left already stays left."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        at = desk.runtime.clock.now()
        row = await _member(conn, panel_id, member_id)
        if row["left_at"] is None:
            changed = {"left_at": at, "left_by": by.name}
            row |= changed
            await conn.execute(update(panel_member).where(panel_member.c.id == member_id).values(**changed))
            data = {"panel": panel_id, "member": member_id}
            await record(conn, Event("panel_left", at, by, None, row["customer_id"], data=data))
        person = (await _people(conn, [row["customer_id"]]))[row["customer_id"]]
        key = _key(desk, person)
        return render({**row, "customer": customer_view(person, key)}), key

    return work


def asking(desk: Desk, by: By, panel_id: UUID, words: str, feedback: UUID | None, suggested: UUID | None, render: Render) -> Work:
    """Give what was fed back, or a suggestion, to a panel for testing. Raises NotFound; Invalid for words that name somebody."""
    refuse_personal({"words": words})

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        at = desk.runtime.clock.now()
        await _one(conn, panel, panel_id, "panel")
        if feedback is not None:
            await _one(conn, feedback_item, feedback, "feedback")
        if suggested is not None:
            await _one(conn, suggestion, suggested, "suggestion")
        row: Row = {"id": new_id(at), "panel_id": panel_id, "feedback_id": feedback, "suggestion_id": suggested}
        row |= {"words": words, "by": by.name, "at": at}
        await conn.execute(panel_trial.insert().values(**row))
        data = {"panel": panel_id, "trial": row["id"], "feedback": feedback, "suggestion": suggested}
        await record(conn, Event("panel_asked", at, by, data=data))
        return render({**row, "counts": counted(()), "verdicts": []}), None

    return work


def judging(
    desk: Desk, by: By, panel_id: UUID, trial_id: UUID, member_id: UUID, verdict: str, remark: str | None, render: Render
) -> Work:
    """Record what a member says of a trial, once. Raises NotFound, Refused for one who has left or has said it before."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        at = desk.runtime.clock.now()
        trial = await _one(conn, panel_trial, trial_id, "trial")
        if trial["panel_id"] != panel_id:
            raise NotFound(what="trial")
        member = await _member(conn, panel_id, member_id)
        person = (await _people(conn, [member["customer_id"]]))[member["customer_id"]]
        key = _key(desk, person)
        if member["left_at"] is not None or key is None:
            raise Refused(Reason("panel_member_left", "member"), code="change_refused")
        mine = (panel_verdict.c.trial_id == trial_id) & (panel_verdict.c.member_id == member_id)
        if (await conn.execute(select(panel_verdict.c.id).where(mine))).first() is not None:
            raise Refused(Reason("panel_verdict_given", "member"), code="change_refused")
        own = new_id(at)
        sealed = None if remark is None else key.seal(remark.encode(), own.bytes)
        row = {
            "id": own,
            "trial_id": trial_id,
            "member_id": member_id,
            "verdict": verdict,
            "sealed": sealed,
            "by": by.name,
            "at": at,
        }
        await conn.execute(panel_verdict.insert().values(**row))
        data = {"panel": panel_id, "trial": trial_id, "member": member_id, "verdict": verdict, "feedback": trial["feedback_id"]}
        await record(conn, Event("panel_judged", at, by, None, member["customer_id"], data=data))
        return render({**row, "remark": remark}), key

    return work


async def panels(desk: Desk) -> Sequence[Row]:
    """All panels by name, each with how many are in it."""
    many = select(func.count()).where(panel_member.c.panel_id == panel.c.id, _stays()).scalar_subquery()
    async with desk.runtime.db.read() as conn:
        columns: list[Any] = [*panel.c, many.label("members")]
        return [as_dict(row) for row in await conn.execute(select(*columns).order_by(panel.c.name))]


async def members(desk: Desk, panel_id: UUID, after: UUID | None, limit: int) -> Sequence[Row]:
    """Who is in a panel, masked, in the order of joining. NotFound."""
    own = panel_member.c
    query = select(panel_member).where(own.panel_id == panel_id, _stays()).order_by(own.id).limit(limit)
    async with desk.runtime.db.read() as conn:
        await _one(conn, panel, panel_id, "panel", lock=False)
        rows = [as_dict(row) for row in await conn.execute(query if after is None else query.where(own.id > after))]
        people = await _people(conn, [row["customer_id"] for row in rows])
    return [{**row, "customer": customer_view(p := people[row["customer_id"]], _key(desk, p))} for row in rows]


async def trials(desk: Desk, *, panel_id: UUID | None = None, feedback: UUID | None = None) -> Sequence[Row]:
    """What a panel was asked to test, or by whom an item is tested: the newest first, with what the members said."""
    own, said = panel_trial.c, panel_verdict.c
    where = own.panel_id == panel_id if feedback is None else own.feedback_id == feedback
    columns: list[Any] = [*panel_verdict.c, panel_member.c.customer_id, data_key.c.wrapped]
    async with desk.runtime.db.read() as conn:
        rows = [as_dict(row) for row in await conn.execute(select(panel_trial).where(where).order_by(own.id.desc()).limit(200))]
        query = (
            select(*columns)
            .join(panel_member, panel_member.c.id == said.member_id)
            .join(customer, customer.c.id == panel_member.c.customer_id)
            .join(data_key, data_key.c.id == customer.c.key_id)
            .where(said.trial_id.in_([row["id"] for row in rows]))
        )
        verdicts = [as_dict(row) for row in await conn.execute(query.order_by(said.id))]
    shown = [{**one, "remark": _remark(desk, one)} for one in verdicts]
    by_trial = {row["id"]: [one for one in shown if one["trial_id"] == row["id"]] for row in rows}
    return [{**row, "counts": counted(by_trial[row["id"]]), "verdicts": by_trial[row["id"]]} for row in rows]


def _remark(desk: Desk, row: Row) -> str | None:
    """The member's words; None where there are none, and once the customer was erased."""
    key = _key(desk, row)
    return None if row["sealed"] is None or key is None else key.open(row["sealed"], UUID(str(row["id"])).bytes).decode()


def _stays() -> ColumnElement[bool]:
    return panel_member.c.left_at.is_(None)


def _key(desk: Desk, row: Mapping[str, Any]) -> DataKey | None:
    return desk.vault.unwrap(row["wrapped"]) if row["wrapped"] is not None else None


async def _people(conn: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    query = select(*COLUMNS).join(data_key, data_key.c.id == customer.c.key_id).where(customer.c.id.in_(ids))
    return {row.id: as_dict(row) for row in await conn.execute(query)}


async def _member(conn: AsyncConnection, panel_id: UUID, member_id: UUID) -> Row:
    row = await _one(conn, panel_member, member_id, "member")
    if row["panel_id"] != panel_id:
        raise NotFound(what="member")
    return row


async def _one(conn: AsyncConnection, table: Any, row_id: UUID, what: str, *, lock: bool = True) -> Row:
    query = select(table).where(table.c.id == row_id)
    row = (await conn.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFound(what=what)
    return as_dict(row)
