"""Pages of complaints: filters, an order that an index serves, a cursor that holds while rows change."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.complaints.queries import Record, joined, split
from app.complaints.search_sql import find
from app.complaints.search_tokens import SearchQuery
from app.complaints.tables import complaint
from app.db.engine import json_has
from app.errors import Invalid, Reason

MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """What to list; None = no matter. Times are UTC; `q` a query made by the search room."""

    state: Sequence[str] | None = None
    kind: str | None = None
    final: bool | None = None
    assignee: UUID | None = None
    owner: UUID | None = None
    team: str | None = None
    tag: str | None = None
    customer: UUID | None = None
    severity: int | None = None
    channel: str | None = None
    number: str | None = None
    external_ref: str | None = None
    due_before: datetime | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    incident: UUID | None = None
    incident_check: str | None = None
    place: str | None = None
    repeat_of: UUID | None = None
    q: SearchQuery | None = field(default=None)


SORTS: Mapping[str, tuple[Any, bool]] = {
    "-opened_at": (complaint.c.opened_at, True),
    "opened_at": (complaint.c.opened_at, False),
    "due": (complaint.c.next_deadline, False),
}
"""The orders that may be asked for: column, and whether the greatest comes first."""

_FILTERS: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "state": lambda v: complaint.c.state.in_(list(v)) if len(v) > 1 else complaint.c.state == v[0],
    "kind": lambda v: complaint.c.kind == v,
    "final": complaint.c.final.is_,
    "assignee": lambda v: complaint.c.assignee_id == v,
    "owner": lambda v: complaint.c.owner_id == v,
    "team": lambda v: complaint.c.team == v,
    "customer": lambda v: complaint.c.customer_id == v,
    "severity": lambda v: complaint.c.severity == v,
    "channel": lambda v: complaint.c.channel == v,
    "number": lambda v: complaint.c.number == v,
    "external_ref": lambda v: complaint.c.external_ref == v,
    "due_before": lambda v: complaint.c.next_deadline < v,
    "opened_from": lambda v: complaint.c.opened_at >= v,
    "opened_to": lambda v: complaint.c.opened_at < v,
    "incident": lambda v: complaint.c.incident_id == v,
    "incident_check": lambda v: complaint.c.incident["check"].as_string() == v,
    "place": lambda v: complaint.c.place == v,
    "repeat_of": lambda v: complaint.c.repeat_of == v,
}


async def page(
    conn: AsyncConnection, dialect: str, filters: Filters, sort: str, cursor: str | None, limit: int
) -> tuple[list[tuple[Record, Record]], str | None]:
    """Up to `limit` (complaint, customer) pairs and the cursor of the next page, None at the end. Invalid for a bad cursor."""
    column, newest_first = SORTS[sort]
    after = read_cursor(sort, cursor) if cursor is not None else None
    where = conditions(dialect, filters)
    if column is complaint.c.next_deadline:
        where.append(column.is_not(None))
    order = (column.desc(), complaint.c.id.desc()) if newest_first else (column, complaint.c.id)
    query = joined().order_by(*order)
    if filters.q is not None:
        found = await find(
            conn, dialect, filters.q, limit=limit + 1, where=where, column=column, descending=newest_first, after=after
        )
        query = query.where(complaint.c.id.in_(found))
    else:
        query = query.where(*where).limit(limit + 1)
        if after is not None:
            place = tuple_(column, complaint.c.id)
            query = query.where(place < after if newest_first else place > after)
    rows = [split(tuple(row)) for row in await conn.execute(query)]
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1][0]
    return rows[:limit], make_cursor(sort, last[column.name], last["id"])


def conditions(dialect: str, filters: Filters) -> list[ColumnElement[bool]]:
    """The WHERE of `filters`, but for `q`."""
    found = [make(value) for name, make in _FILTERS.items() if (value := getattr(filters, name)) is not None]
    if filters.tag is not None:
        found.append(json_has(dialect, complaint.c.tags, filters.tag))
    return found


def make_cursor(sort: str, value: datetime, row_id: UUID) -> str:
    """Where a page ended."""
    return base64.urlsafe_b64encode(orjson.dumps([sort, value, str(row_id)])).decode().rstrip("=")


def read_cursor(sort: str, cursor: str) -> tuple[datetime, UUID]:
    """What `make_cursor` wrote, for the same order. Raises Invalid."""
    try:
        made_for, value, row_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        found = (datetime.fromisoformat(value), UUID(row_id))
        if made_for == sort and found[0].tzinfo is not None:
            return found
    except (ValueError, TypeError, AttributeError):
        pass
    raise Invalid(Reason("cursor_invalid", "cursor"))
