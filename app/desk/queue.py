"""The queue: the complaint that should be handled next is leased to whoever asks, passed on, prolonged, given back.

A lease is nothing of the complaint's record: it stands in columns that no step writes, raises no version, and ends by itself.
What was done with it is an event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Table, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from app.access.actor import Actor
from app.access.answers import Answer, Request
from app.access.tables import app_user
from app.access.vault import DataKey
from app.audit.events import By, Event
from app.audit.tables import event, event_pending
from app.complaints.queries import Record, load
from app.complaints.tables import complaint
from app.db.engine import persistently
from app.db.ids import new_id
from app.db.json import dumps
from app.db.prepared import Prepared
from app.db.types import Id
from app.desk.desk import Desk
from app.desk.once import once
from app.desk.queue_sql import ME, Asking, Kind, Taker, at, choosing
from app.desk.queue_taker import Standing, asking_of, standing
from app.desk.staff import note_presence
from app.errors import Invalid, NotFound, Reason, Refused
from app.people.queue_policy import QueuePolicy
from app.people.tables import person, queue_skip

TRIES = 5
_BUSY = "busy"
_LAST = 0xFFFF
"""The place of a lease among what happened in the same instant: after it all, whatever version that left behind."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the queue gave: the complaint with its customer, and why it came to this person: own, deputy or team."""

    complaint: Record
    customer: Record
    why: str
    standing: Standing


async def take_next(desk: Desk, actor: Actor, by: By) -> tuple[Taken | None, Standing]:
    """Lease the complaint that `actor` should handle next; None when there is none for this person now.

    One who still has one in hand that waits to be worked on gets the same again: nobody stocks up, and a repeat takes no
    second one. Whoever asks is evidently there, and so is busy from now on.
    """
    terms, now = await desk.terms(), desk.runtime.clock.now()
    asking = asking_of(desk, terms, now)
    found = await standing(desk, actor, asking, terms)
    if found.person.presence != _BUSY or found.person.absent_since(now) is not None:
        async with desk.runtime.db.write() as conn:
            await note_presence(conn, actor, by, now, _BUSY)
    chosen = found.held
    for _ in range(TRIES):
        chosen = chosen or await persistently(lambda: _lease(desk, by, asking, found.taker))
        if chosen is None:
            return None, found
        loaded = await load(desk.runtime.db, chosen, None)
        if loaded is not None and loaded.complaint["leased_by"] == actor.id:
            return Taken(loaded.complaint, loaded.customer, await _why(desk, found, loaded.complaint), found), found
        chosen = None  # it was given to somebody else in this very moment
    return None, found


async def _why(desk: Desk, found: Standing, row: Record) -> str:
    holder = row["assignee_id"] or row["owner_id"]
    if holder is None or holder == found.person.id:
        return "team" if holder is None else "own"
    async with desk.runtime.db.read() as conn:
        deputy = (await conn.execute(select(person.c.deputy).where(person.c.id == holder))).scalar()
    return "deputy" if deputy == found.person.name else "team"


async def _lease(desk: Desk, by: By, asking: Asking, taker: Taker) -> UUID | None:
    """Choose and lease in one go; the complaint's id, or None where nothing is left for this taker."""
    for near in (True, False) if asking.queue.order[0] == "deadline" else (False,):
        found = await _lease_of(desk, by, asking, taker, near=near)
        if found is not None:
            return found
    return None


async def _lease_of(desk: Desk, by: By, asking: Asking, taker: Taker, *, near: bool) -> UUID | None:
    until = asking.now + asking.queue.lease
    told = Event("leased", asking.now, by, data={"until": until})
    params = {**asking.params(taker), "until": until}
    shape = _Shape(asking.rules, asking.dialect, taker.kind, near, asking)
    if desk.runtime.db.direct is None:
        async with desk.runtime.db.write() as conn:
            row = (await conn.execute(_leasing(shape), params)).first()
            if row is not None:
                await _tell(conn, replace(told, complaint_id=row.id, customer_id=row.customer_id))
        return None if row is None else row.id
    # PostgreSQL: the choice, the lease and its event are one statement, atomic by itself.
    own, pending = told.rows(_LAST)
    params |= {f"event_{name}": _plain(own.table, name, value) for name, value in own.row.items()}
    sql, values = _leasing_and_telling(shape).for_postgresql(params | {"pending_event_id": pending.row["event_id"]})
    rows = await desk.runtime.db.direct.fetch(sql, values, again=False)
    found: UUID | None = rows[0][0] if rows else None
    return found


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a leasing statement is made of; the same for all takers of a kind under the same rules."""

    rules: tuple[int, int]
    dialect: str
    kind: Kind
    near: bool
    asking: Asking = field(compare=False)


@lru_cache(maxsize=512)
def _leasing(shape: _Shape) -> ReturningUpdate[Any]:
    """UPDATE of the chosen complaint; its id and its customer's."""
    chosen = choosing(shape.asking, shape.kind, near=shape.near)
    values = {"leased_by": ME, "leased_at": at("now"), "leased_until": at("until")}
    update_ = update(complaint).where(complaint.c.id.in_(select(chosen.c.id))).values(**values)
    return update_.returning(complaint.c.id, complaint.c.customer_id)


@lru_cache(maxsize=512)
def _leasing_and_telling(shape: _Shape) -> Prepared:
    """The same for PostgreSQL, with the event of it."""
    leased = _leasing(shape).cte("leased")
    there = {"complaint_id": leased.c.id, "customer_id": leased.c.customer_id}
    told = {c.name: there.get(c.name, bindparam(f"event_{c.name}", type_=c.type)) for c in event.columns}
    waits = {"event_id": bindparam("pending_event_id", type_=Id)}
    parts = [
        insert(table).from_select(list(values), select(*values.values()).select_from(leased)).cte(f"told_{table.name}")
        for table, values in ((event, told), (event_pending, waits))
    ]
    return Prepared(select(leased.c.id).add_cte(*parts))


def _plain(table: Table, name: str, value: Any) -> Any:
    """A value as the driver takes it: JSON as text."""
    return dumps(value) if value is not None and isinstance(table.c[name].type, JSON) else value


Render = Callable[[Mapping[str, Any]], Answer]
"""Answers with {complaint, until} of a lease after the change; `until` None: it has ended."""


async def skip(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, reason: str, request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Pass a leased complaint on for one of the configured reasons; it does not come back to the same person for a while."""
    policy = (await desk.terms()).policy.queue
    if reason not in policy.skip_reasons:
        raise Invalid(Reason("skip_reason_unknown", "reason", {"known": ", ".join(policy.skip_reasons) or "-"}))

    async def work(conn: AsyncConnection, row: Record, now: datetime) -> None:
        await end_lease(conn, complaint_id)
        await pass_on(conn, policy, actor, complaint_id, reason, now)
        data = {"reason": reason, "until": now + policy.skip_again}
        await _tell(conn, Event("skipped", now, by, complaint_id, row["customer_id"], data=data))

    return await _with_lease(desk, actor, complaint_id, request, work, lambda: render({"complaint": complaint_id, "until": None}))


async def release(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Give a leased complaint back, for whoever comes next."""

    async def work(conn: AsyncConnection, row: Record, now: datetime) -> None:
        await end_lease(conn, complaint_id)
        await _tell(conn, Event("released", now, by, complaint_id, row["customer_id"]))

    return await _with_lease(desk, actor, complaint_id, request, work, lambda: render({"complaint": complaint_id, "until": None}))


async def extend(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Prolong a lease, as often as the policy's longest time admits."""
    policy = (await desk.terms()).policy.queue
    made: dict[str, datetime] = {}

    async def work(conn: AsyncConnection, row: Record, now: datetime) -> None:
        until = min(now + policy.extend, row["leased_at"] + policy.longest)
        if until <= row["leased_until"]:
            minutes = int(policy.longest.total_seconds() // 60)
            raise Refused(Reason("lease_longest", "id", {"minutes": minutes}), code="change_refused")
        made["until"] = until
        await conn.execute(update(complaint).where(complaint.c.id == complaint_id).values(leased_until=until))
        data = {"until": until, "extended": True}
        await _tell(conn, Event("leased", now, by, complaint_id, row["customer_id"], data=data))

    def answer() -> Answer:
        return render({"complaint": complaint_id, "until": made["until"]})

    return await _with_lease(desk, actor, complaint_id, request, work, answer)


async def _with_lease(
    desk: Desk, actor: Actor, complaint_id: UUID, request: Request | None, work: Any, answer: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """Do `work` on a complaint that `actor` holds. Raises NotFound; Refused, telling who holds it, for everybody else."""

    async def locked(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        now = desk.runtime.clock.now()
        own = complaint.c
        query = select(own.customer_id, own.leased_by, own.leased_at, own.leased_until, app_user.c.name)
        query = query.outerjoin(app_user, app_user.c.id == own.leased_by).where(own.id == complaint_id)
        row = (await conn.execute(query.with_for_update(of=complaint))).mappings().first()
        if row is None:
            raise NotFound(what="complaint")
        held = row["leased_until"] is not None and row["leased_until"] > now
        if held and row["leased_by"] != actor.id:
            params = {"name": row["name"], "until": row["leased_until"].isoformat(timespec="seconds")}
            raise Refused(Reason("lease_of_other", "id", params), code="change_refused")
        if not held:
            raise Refused(Reason("lease_ended", "id"), code="change_refused")
        await work(conn, row, now)
        return answer(), None

    return await once(desk, request, locked)


async def _tell(conn: AsyncConnection, told: Event) -> None:
    for insert_ in told.rows(_LAST):
        await conn.execute(insert_.table.insert().values(**insert_.row))


async def end_lease(conn: AsyncConnection, complaint_id: UUID) -> None:
    """Nobody has the complaint in hand any more."""
    nobody = {"leased_by": None, "leased_at": None, "leased_until": None}
    await conn.execute(update(complaint).where(complaint.c.id == complaint_id).values(**nobody))


async def pass_on(conn: AsyncConnection, policy: QueuePolicy, actor: Actor, complaint_id: UUID, reason: str, now: datetime) -> None:
    """The complaint does not come back to `actor` for a while."""
    row = {
        "id": new_id(now),
        "person_id": actor.id,
        "complaint_id": complaint_id,
        "reason": reason,
        "at": now,
        "until": now + policy.skip_again,
    }
    await conn.execute(queue_skip.insert().values(**row))
