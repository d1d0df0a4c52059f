"""Pages of promises, work orders and consults: those due first, with a cursor that holds while rows change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.commitments.ordering import DONE, OPEN
from app.commitments.tables import promise, work_order
from app.complaints.pages import make_cursor, read_cursor
from app.complaints.tables import complaint
from app.db.engine import as_dict
from app.db.types import UtcDateTime

Row = dict[str, Any]
FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Where work without a due date stands in the order: last."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list; None = no matter. `likely_break` and `open` are told at `now`."""

    now: datetime
    status: Sequence[str] | None = None
    complaint: UUID | None = None
    owner: UUID | None = None
    assignee: UUID | None = None
    team: str | None = None
    department: str | None = None
    kind: str | None = None
    blocking: bool | None = None
    likely_break: bool | None = None
    told: bool | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None


def _filters(table: Table) -> Mapping[str, Callable[[Any], ColumnElement[bool]]]:
    own = table.c
    return {
        "status": lambda v: own.status.in_(list(v)),
        "complaint": lambda v: own.complaint_id == v,
        "owner": lambda v: own.owner_id == v,
        "assignee": lambda v: own.assignee_id == v,
        "team": lambda v: own.team == v,
        "department": lambda v: own.department == v,
        "kind": lambda v: own.kind == v,
        "blocking": lambda v: own.blocking.is_(v),  # noqa: PLW0108 - not every table has the column
        "told": lambda v: own.told_at.is_not(None) if v else own.told_at.is_(None),
        "due_from": lambda v: own.due_at >= v,
        "due_before": lambda v: own.due_at < v,
    }


def likely(now: datetime) -> ColumnElement[bool]:
    """Open promises that will probably be broken: nearly due, or before the date of the work they hang on; not yet done."""
    own, work = promise.c, work_order.c
    same = and_(work.complaint_id == own.complaint_id, work.department == own.department)
    done = exists().where(same, work.status.in_(sorted(DONE)))
    later = exists().where(same, work.status.in_(sorted(OPEN)), work.due_at > own.due_at)
    return and_(own.status == "open", ~done, or_(own.likely_at <= now, later))


async def page(conn: AsyncConnection, table: Table, wanted: Wanted, cursor: str | None, limit: int) -> tuple[list[Row], str | None]:
    """Up to `limit` rows with the complaint's `number`, and the next page's cursor. Raises Invalid for a bad cursor."""
    own = table.c
    due = func.coalesce(own.due_at, literal(FAR, UtcDateTime()), type_=UtcDateTime())
    known = _filters(table)
    where = [known[name](value) for name in known if (value := getattr(wanted, name)) is not None]
    columns: list[Any] = [*own, complaint.c.number, due.label("place")]
    if table is promise:
        columns.append(likely(wanted.now).label("likely_break"))
        if wanted.likely_break is not None:
            where.append(likely(wanted.now) if wanted.likely_break else ~likely(wanted.now))
    query = select(*columns).join(complaint, complaint.c.id == own.complaint_id).where(*where).order_by(due, own.id)
    if cursor is not None:
        at, row_id = read_cursor(table.name, cursor)
        after = tuple_(literal(at, UtcDateTime()), literal(row_id, own.id.type))
        query = query.where(tuple_(due, own.id) > after)
    rows = [as_dict(row) for row in await conn.execute(query.limit(limit + 1))]
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], make_cursor(table.name, last["place"], last["id"])
