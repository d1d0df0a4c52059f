"""Complaints whose texts contain what was asked for, in the order of a list, a page at a time.

No inverted index gives its hits in the order of a list, and a common word has hundreds of thousands. So a page is found
from both ends. First the newest WALK complaints of the list are walked and their trails compared: a common word fills the
page at once. What is not common has few hits a week; the inverted index then gives those of one week, of eight, and last
of all that is older, until the page is full. (Measured on a million complaints, PostgreSQL 15, 128 MB shared
buffers: see docs/benchmarks.md.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.complaints.search_tokens import SearchQuery, start_of, week_of
from app.complaints.tables import complaint, search_text
from app.db.fulltext import TIDY, any_row_has, candidates, has_piece

WALK: Final = 3000
_WINDOWS: Final = (1, 8)  # weeks; of more, the index joins so many that all that is older costs less
Place = tuple[datetime, UUID]
"""Where a row stands in a list: the time it is sorted by, and its id."""


@dataclass(frozen=True, slots=True)
class _Order:
    """By a time and an id, both descending or both ascending."""

    time: ColumnElement[Any]
    id: ColumnElement[Any]
    descending: bool

    def sort(self, query: Select[Any]) -> Select[Any]:
        """`query` in this order."""
        return query.order_by(self.time.desc(), self.id.desc()) if self.descending else query.order_by(self.time, self.id)

    def beyond(self, place: Place | None) -> list[ColumnElement[bool]]:
        """The condition that a row stands after `place`; none without one."""
        if place is None:
            return []
        return [tuple_(self.time, self.id) < place if self.descending else tuple_(self.time, self.id) > place]


async def find(
    conn: AsyncConnection,
    dialect: str,
    query: SearchQuery,
    *,
    limit: int,
    where: Sequence[ColumnElement[bool]] = (),
    column: ColumnElement[Any] = complaint.c.opened_at,
    descending: bool = True,
    after: Place | None = None,
    walk: int = WALK,
) -> list[UUID]:
    """Ids of up to `limit` complaints that contain `query`, in the order of the list: one to five statements.

    `where`: conditions on `complaint`; `column`: the time that orders the list, not NULL in its rows; `after`: the place of
    the last row of the page before; `walk`: complaints looked through before the index is asked.
    """
    order = _Order(column, complaint.c.id, descending)
    rows = select(complaint.c.id, column.label("at")).where(*where, *order.beyond(after))
    walked = order.sort(rows).limit(walk).subquery("walked")
    contains = (
        select(any_row_has(dialect, search_text, gram=query.grams[0], piece=query.trail))
        .where(search_text.c.complaint_id == walked.c.id)
        .scalar_subquery()  # no EXISTS: PostgreSQL turns that into a join and may read the whole table for it
    )
    near = _Order(walked.c.at, walked.c.id, descending).sort(select(walked.c.id).where(contains))
    found = list((await conn.execute(near.limit(limit))).scalars())
    if len(found) >= limit:
        return found
    edge = (await conn.execute(order.sort(rows).limit(1).offset(walk - 1))).first()
    if edge is None:  # the list ended within the walk
        return found
    for statement in _far(dialect, query, where, order, (edge.at, edge.id)):
        found += (await conn.execute(statement.limit(limit - len(found)))).scalars()
        if len(found) >= limit:
            break
    return list(dict.fromkeys(found))


def _far(
    dialect: str, query: SearchQuery, where: Sequence[ColumnElement[bool]], order: _Order, edge: Place
) -> Iterator[Select[Any]]:
    """The hits beyond `edge` by the inverted index: in windows of weeks, where the list is by the time of opening."""
    if order.time is not complaint.c.opened_at:
        hits = _hits(dialect, query).subquery("hits")
        rows = select(complaint.c.id).join(hits, hits.c.complaint_id == complaint.c.id)
        yield order.sort(rows.where(*where, *order.beyond(edge)))
        return
    week, step = week_of(edge[0]), -1 if order.descending else 1
    for size in _WINDOWS:
        yield _window(dialect, query, where, order, edge, [w for w in range(week, week + step * size, step) if w >= 0])
        week += step * size
    opened = search_text.c.opened_at
    older = opened < start_of(week + 1) if order.descending else opened >= start_of(week)
    yield _window(dialect, query, where, order, edge, (), older)


def _window(
    dialect: str,
    query: SearchQuery,
    where: Sequence[ColumnElement[bool]],
    order: _Order,
    edge: Place,
    weeks: Sequence[int],
    *more: ColumnElement[bool],
) -> Select[Any]:
    place = _Order(search_text.c.opened_at, search_text.c.complaint_id, order.descending)
    hits = _hits(dialect, query, weeks).add_columns(search_text.c.opened_at).where(*place.beyond(edge), *more).subquery("hits")
    rows = select(hits.c.complaint_id)
    if where:
        rows = rows.where(select(complaint.c.id).where(complaint.c.id == hits.c.complaint_id, *where).exists())
    return _Order(hits.c.opened_at, hits.c.complaint_id, order.descending).sort(rows)


def _hits(dialect: str, query: SearchQuery, weeks: Sequence[int] = ()) -> Select[Any]:
    """Ids of complaints that contain `query`, each once, in no order."""
    found = candidates(dialect, search_text, [search_text.c.complaint_id], all_of=query.grams, any_of=weeks).distinct()
    if query.exact or query.trail is None:
        return found
    return found.where(has_piece(dialect, search_text, query.trail))


def matches(dialect: str, complaint_id: ColumnElement[Any], query: SearchQuery) -> ColumnElement[bool]:
    """The condition that the complaint contains `query`: for what reads all hits (an export), not for a page."""
    return complaint_id.in_(_hits(dialect, query))


async def forget(conn: AsyncConnection, customer_id: UUID) -> int:
    """Delete what can be searched of a customer, in the transaction that destroys the key; the number of texts."""
    return (await conn.execute(delete(search_text).where(search_text.c.customer_id == customer_id))).rowcount


async def tidy(conn: AsyncConnection, dialect: str) -> None:
    """Fold what inserts put off into the index, so that no insert has to wait for it: the worker's, every few seconds."""
    await conn.exec_driver_sql(TIDY[dialect])
