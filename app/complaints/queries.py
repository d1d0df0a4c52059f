"""Reading complaints: one for a decision, pages of many, the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.tables import data_key, stored_answer
from app.audit.tables import event
from app.catalogue.tables import current_definition
from app.complaints.tables import complaint
from app.customers.tables import customer
from app.db.engine import Database, as_dict
from app.db.prepared import Prepared

Record = Mapping[str, Any]
TERMS = ("calendars", "policy", "segments", "tags")
"""The kinds of definitions that every decision is made on; each is the one of its name."""
Versions = tuple[int | None, ...]
"""Of each kind in TERMS; None for what was never published."""

_C, _P = len(complaint.columns), len(customer.columns)
_JOINED = (
    select(*complaint.columns, *(c.label(f"customer_{c.name}") for c in customer.columns), data_key.c.wrapped.label("wrapped"))
    .join(customer, customer.c.id == complaint.c.customer_id)
    .join(data_key, data_key.c.id == customer.c.key_id)
)
_COMPLAINT_NAMES = tuple(str(c.name) for c in complaint.columns)
_CUSTOMER_NAMES = tuple(str(c.name) for c in customer.columns)
_ANSWER_NAMES = ("body_hash", "status", "headers", "sealed_answer", "key_id")
CURRENT_TERMS = [
    select(current_definition.c.version)
    .where(current_definition.c.kind == kind, current_definition.c.name == kind)
    .scalar_subquery()
    .label(f"{kind}_version")
    for kind in TERMS
]
"""Columns: the current versions, as `Versions`."""
_ANSWER = [stored_answer.c[name].label(f"answer_{name}") for name in _ANSWER_NAMES]
_BY_ID = Prepared(
    _JOINED.add_columns(*CURRENT_TERMS, *_ANSWER)
    .outerjoin(stored_answer, stored_answer.c.key_hash == bindparam("key"))
    .where(complaint.c.id == bindparam("complaint"))
)


_TERMS = Prepared(select(*CURRENT_TERMS))


async def current_terms(database: Database) -> Versions:
    """The current versions, where no complaint is read along."""
    return tuple((await database.rows(_TERMS, {}))[0])


class Loaded(NamedTuple):
    """A complaint, its customer, the current versions of the terms, and the answer stored under a key."""

    complaint: Record
    customer: Record
    terms: Versions
    answer: Record | None


def split(row: Sequence[Any]) -> tuple[Record, Record]:
    """A joined row as (complaint, customer with its "wrapped" key)."""
    own = dict(zip(_COMPLAINT_NAMES, row[:_C], strict=True))
    person = dict(zip(_CUSTOMER_NAMES, row[_C : _C + _P], strict=True))
    person["wrapped"] = row[_C + _P]
    return own, person


async def load(database: Database, complaint_id: UUID, key: bytes | None) -> Loaded | None:
    """All that one decision needs, in one SELECT."""
    found = await database.rows(_BY_ID, {"complaint": complaint_id, "key": key or b""})
    if not found:
        return None
    row = tuple(found[0])
    own, person = split(row)
    versions, rest = row[_C + _P + 1 :][: len(TERMS)], row[_C + _P + 1 + len(TERMS) :]
    answer = dict(zip(_ANSWER_NAMES, rest, strict=True)) if rest[0] is not None else None
    return Loaded(own, person, versions, answer)


def running() -> ColumnElement[bool]:
    """Complaints that go on, and those at their end in which a clock still runs."""
    return or_(complaint.c.final.is_(False), complaint.c.next_deadline.is_not(None))


def joined() -> Select[Any]:
    """Complaints with their customers; see `split`."""
    return _JOINED


async def history(conn: AsyncConnection, complaint_id: UUID, after: UUID | None, limit: int) -> list[Record]:
    """The events of a complaint in the order of their ids (oldest first), after the cursor."""
    query = select(event).where(event.c.complaint_id == complaint_id)
    if after is not None:
        query = query.where(event.c.id > after)
    rows = await conn.execute(query.order_by(event.c.id).limit(limit))
    return [as_dict(row) for row in rows]
