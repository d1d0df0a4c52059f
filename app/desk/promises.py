"""Promises to the customer: made on the policy's ground, ended with evidence, told, handed over with the complaint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By, Event
from app.commitments.ordering import ACCEPTED
from app.commitments.promise_kinds import Word
from app.commitments.said.reading import read_date
from app.commitments.tables import promise, work_order
from app.db.engine import as_dict
from app.db.statement import Insert, Update
from app.desk.adding import check_person, moved, row_of
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.duty import one_voice
from app.desk.known_names import check_channel
from app.desk.outcome import Reply
from app.desk.pledge import admitted, counted, ended_row, ground_of, kept_when, made, of_promise, promise_data
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.telling import to_person, told
from app.errors import Invalid, Reason, Refused
from app.workflow.definition import Definition


async def add_promise(
    desk: Desk,
    actor: Actor,
    by: By,
    complaint_id: UUID,
    kind: str,
    due: datetime | str,
    text: str | None,
    reply: Reply,
    *,
    owner: UUID | None = None,
    word: Word | None = None,
) -> tuple[Answer, bool]:
    """Promise something by `due`, a moment or words for it ("within two weeks"); `owner`: whoever owns the complaint.

    Raises Invalid (past, unclear, no owner, unknown kind), Refused with both ways on for what the department cannot hold.
    """
    await check_person(desk, owner, "owner")

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        await one_voice(desk, definition, situation, "kind")
        ground = ground_of(situation, kind, word)
        if ground.department is not None:
            ground = replace(ground, accepted=await _accepted(desk, complaint_id, ground.department.name))
        calendar = ground.calendar
        when = read_date(due, situation.at, calendar) if isinstance(due, str) else due
        waived = admitted(situation, ground, when)
        words = sealer.seal(text, "text").reference if text else None
        row = made(situation, ground, when, owner, words, waived)
        patch = {"open_promises": situation.complaint["open_promises"] + 1}
        notices = to_person(situation, "promise_yours", row["owner_id"], promise_data(situation, row))
        return moved("promised", situation, patch, of_promise(row), inserts=[Insert(promise, row), *notices], item=row)

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def end_promise(
    desk: Desk,
    actor: Actor,
    by: By,
    complaint_id: UUID,
    promise_id: UUID,
    status: str,
    evidence: str | None,
    reply: Reply,
    *,
    kind: str = "words",
    reference: str | None = None,
    kept_at: datetime | None = None,
) -> tuple[Answer, bool]:
    """A promise was kept, broken or withdrawn; one kept after it was due is kept late, and still counts as broken.

    `kept_at`: when it was kept, if not now. In time by it, it counts as kept, though it was taken for broken or late meanwhile.
    Raises Refused when it has ended before, Invalid for keeping without evidence and withdrawing without the reason.
    """

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        row = await row_of(desk, promise, promise_id, complaint_id)
        mended = {"broken"} if kept_at is None else {"broken", "kept_late"}
        if row["status"] != "open" and not (status == "kept" and row["status"] in mended):
            raise Refused(Reason("promise_ended", "status", {"status": row["status"]}), code="change_refused")
        if status == "kept" and not evidence and not reference:
            raise Invalid(Reason("evidence_missing", "evidence"))
        if status == "withdrawn" and not evidence:
            raise Invalid(Reason("withdrawal_reason_missing", "evidence"))
        told_ = {"words": evidence, "reference": reference}
        proof = {name: sealer.seal(value, name).reference for name, value in told_.items() if value}
        when = kept_when(row, status, kept_at, situation.at)
        ended = ended_row(row, status, when, {"kind": kind, **proof} if proof else None)
        was = {"was": row["status"]} if row["status"] != "open" else {}
        data = {"promise": promise_id, "status": ended["status"], **was, **({"evidence": ended["evidence"]} if proof else {})}
        return moved(
            "promise_ended",
            situation,
            counted(situation, row, ended),
            data,
            updates=[Update(promise, ended)],
            item=ended,
            occurred_at=None if kept_at is None else when,
        )

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def tell_promise(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, promise_id: UUID, channel: str, at: datetime | None, reply: Reply
) -> tuple[Answer, bool]:
    """The customer was told how his promise ended. Raises Refused while it is open, Invalid for a time to come."""

    async def decide(definition: Definition, situation: Situation, _sealer: Sealer) -> Changed:
        check_channel(situation.terms, channel)
        await one_voice(desk, definition, situation, "channel")
        row = await row_of(desk, promise, promise_id, complaint_id)
        if row["status"] == "open":
            raise Refused(Reason("promise_still_open", "status"), code="change_refused")
        when = at or situation.at
        if when > situation.at:
            raise Invalid(Reason("in_the_future", "at"))
        after = {**row, "told_at": when, "told_channel": channel}
        data = {"promise": promise_id, "status": row["status"], "channel": channel}
        return moved("promise_told", situation, {}, data, updates=[Update(promise, after)], item=after, occurred_at=when)

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def handed_over(desk: Desk, situation: Situation, to: UUID | None) -> tuple[list[Update], list[Event], list[Insert]]:
    """What goes to a new owner with the complaint: its open promises that the old one answered for, or that nobody did.

    To be stored in the write that sets `owner_id`; rows, events without seq, notices.
    """
    before = situation.complaint["owner_id"]
    if to is None or to == before or not situation.complaint["open_promises"]:
        return [], [], []
    rows = [row for row in await _open(desk, situation.complaint["id"]) if row["owner_id"] in (before, None)]
    return (
        [Update(promise, {**row, "owner_id": to}) for row in rows],
        [told("promise_handed_over", situation, {"promise": row["id"], "from": row["owner_id"], "to": to}) for row in rows],
        [notice for row in rows for notice in to_person(situation, "promise_handed_over", to, promise_data(situation, row))],
    )


async def _open(desk: Desk, complaint_id: UUID) -> Iterable[dict[str, Any]]:
    mine = select(promise).where(promise.c.complaint_id == complaint_id, promise.c.status == "open").order_by(promise.c.id)
    async with desk.runtime.db.read() as conn:
        return [as_dict(row) for row in await conn.execute(mine)]


async def _accepted(desk: Desk, complaint_id: UUID, department: str) -> bool:
    """Whether somebody of the department has taken on work for this complaint."""
    own = work_order.c
    mine = (own.complaint_id == complaint_id) & (own.department == department) & own.status.in_(sorted(ACCEPTED))
    async with desk.runtime.db.read() as conn:
        return (await conn.execute(select(own.id).where(mine).limit(1))).first() is not None
