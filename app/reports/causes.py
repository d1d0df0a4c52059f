"""Confirmed causes × product (or segment, plan …) × week, with the period before, examples, and the fall after an action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, case, cast, func, literal, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.sealed import open_texts
from app.access.tables import data_key
from app.catalogue.anonymise import masked
from app.commitments.causes import cause
from app.commitments.rates import Ratio, rate_ratio
from app.complaints.tables import complaint
from app.customers.profile import open_profile
from app.customers.tables import customer
from app.desk.desk import Desk

WEEK: Final = timedelta(days=7)
MOST_WEEKS: Final = 60
ROWS: Final = 200
WITH_EXAMPLES: Final = 20
EXAMPLES: Final = 3
BY: Final[Mapping[str, ColumnElement[Any]]] = {
    "product": cause.c.product,
    "segment": cause.c.segment,
    "plan": cause.c.plan,
    "place": cause.c.place,
    "week": null(),
}
"""What the causes are laid out by; `week` by nothing else."""


@dataclass(frozen=True, slots=True)
class Line:
    """One cause in one value of the layout: how often, in which week of the period, and in the period before."""

    cause: str
    key: str | None
    count: int
    before: int
    weeks: tuple[int, ...]
    examples: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A period with its lines; `complaints` are all that were opened in it, week by week, `confirmed` those with a cause."""

    start: datetime
    end: datetime
    by: str
    complaints: tuple[int, ...]
    confirmed: tuple[int, ...]
    complaints_before: int
    lines: tuple[Line, ...]


async def causes(desk: Desk, start: datetime, end: datetime, by: str, tag: str | None = None, *, examples: bool = True) -> Report:
    """The report on complaints opened from `start` to before `end`, in weeks counted from `start`."""
    before = start - (end - start)
    edges = _edges(start, end)
    column = BY[by]
    opened = cause.c.opened_at
    counted = [_within(opened, low, high) for low, high in [(before, start), *edges]]
    where = [opened >= before, opened < end, cause.c.ended_at.is_(None)]
    if tag is not None:
        where.append(cause.c.tag == tag)
    query = (
        select(cause.c.tag, column.label("key"), *counted).where(*where).group_by(cause.c.tag, *([] if by == "week" else [column]))
    )
    async with desk.runtime.db.read() as conn:
        rows = [tuple(row) for row in await conn.execute(query)]
        all_, confirmed = await exposure(conn, [(before, start), *edges])
        lines = [Line(row[0], row[1], sum(row[3:]), row[2], tuple(row[3:])) for row in rows]
        lines = sorted((one for one in lines if one.count or one.before), key=lambda one: (-one.count, one.cause, one.key or ""))[
            :ROWS
        ]
        if examples:
            lines = [
                await _with_examples(desk, conn, one, by, start, end) if n < WITH_EXAMPLES else one for n, one in enumerate(lines)
            ]
    return Report(start, end, by, all_[1:], confirmed[1:], all_[0], tuple(lines))


async def exposure(conn: AsyncConnection, edges: Sequence[tuple[datetime, datetime]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(complaints opened, those of them whose cause is confirmed) in each span."""
    own = complaint.c
    low, high = min(a for a, _ in edges), max(b for _, b in edges)
    sums = [_within(own.opened_at, a, b) for a, b in edges]
    known = [_within(own.opened_at, a, b, own.cause.is_not(None)) for a, b in edges]
    query = select(*sums, *known).where(own.opened_at >= low, own.opened_at < high, own.merged_into.is_(None))
    found = tuple(int(n or 0) for n in (await conn.execute(query)).one())
    return found[: len(edges)], found[len(edges) :]


@dataclass(frozen=True, slots=True)
class Fall:
    """What became of a cause: its count and all complaints per week before and after the day of the action."""

    weeks: tuple[Mapping[str, Any], ...]
    before: tuple[int, int]
    after: tuple[int, int]
    ratio: Ratio
    unconfirmed_after: float | None
    unconfirmed_before: float | None


async def fall(desk: Desk, tag: str, product: str | None, effective: datetime, weeks: int = 8) -> Fall:
    """The cause in up to `weeks` whole weeks before `effective`, and in the weeks since, as far as there are."""
    now = desk.runtime.clock.now()
    past = [(effective - WEEK * n, effective - WEEK * (n - 1)) for n in range(weeks, 0, -1)]
    since = [span for span in _edges(effective, max(min(now, effective + WEEK * weeks), effective)) if span[1] > span[0]]
    edges = [*past, *since]
    where = [cause.c.tag == tag, cause.c.ended_at.is_(None), cause.c.opened_at >= edges[0][0], cause.c.opened_at < edges[-1][1]]
    if product is not None:
        where.append(cause.c.product == product)
    async with desk.runtime.db.read() as conn:
        found = (await conn.execute(select(*(_within(cause.c.opened_at, a, b) for a, b in edges)).where(*where))).one()
        all_, confirmed = await exposure(conn, edges)
    counts = [int(n or 0) for n in found]
    shown = [
        {
            "from": a,
            "to": b,
            "when": "before" if n < weeks else "after",
            "count": counts[n],
            "complaints": all_[n],
            "confirmed": confirmed[n],
        }
        for n, (a, b) in enumerate(edges)
    ]
    old, new = (sum(counts[:weeks]), sum(all_[:weeks])), (sum(counts[weeks:]), sum(all_[weeks:]))
    ratio = rate_ratio(old[0], old[1], new[0], new[1])
    return Fall(tuple(shown), old, new, ratio, _open(all_[weeks:], confirmed[weeks:]), _open(all_[:weeks], confirmed[:weeks]))


async def shown_examples(desk: Desk, conn: AsyncConnection, ids: Sequence[UUID]) -> tuple[Mapping[str, Any], ...]:
    """Complaints as examples: id, number, when it was opened, and the words with every name and number masked."""
    query = (
        select(
            complaint.c.id, complaint.c.number, complaint.c.opened_at, complaint.c.text_id, *customer.columns, data_key.c.wrapped
        )
        .join(customer, customer.c.id == complaint.c.customer_id)
        .join(data_key, data_key.c.id == customer.c.key_id)
        .where(complaint.c.id.in_(ids))
    )
    rows = [tuple(row) for row in await conn.execute(query)]
    texts = await open_texts(conn, desk.vault, [row[3] for row in rows])
    names = [str(c.name) for c in customer.columns]
    shown = []
    for row in rows:
        person, wrapped = dict(zip(names, row[4:-1], strict=True)), row[-1]
        profile = open_profile(desk.vault.unwrap(wrapped) if wrapped is not None else None, person)
        text = texts.get(str(row[3]))
        known = [profile.name, profile.phone, profile.external_id, profile.email, row[1]]
        words = None if text is None else masked(text, known)[:500]
        shown.append({"id": row[0], "number": row[1], "opened_at": row[2], "words": words})
    return tuple(sorted(shown, key=lambda one: one["opened_at"], reverse=True))


async def _with_examples(desk: Desk, conn: AsyncConnection, line: Line, by: str, start: datetime, end: datetime) -> Line:
    where = [cause.c.tag == line.cause, cause.c.ended_at.is_(None), cause.c.opened_at >= start, cause.c.opened_at < end]
    if by != "week":
        where.append(BY[by].is_(None) if line.key is None else BY[by] == line.key)
    query = select(cause.c.complaint_id).where(*where).order_by(cause.c.opened_at.desc()).limit(EXAMPLES)
    ids = list((await conn.execute(query)).scalars())
    return Line(line.cause, line.key, line.count, line.before, line.weeks, await shown_examples(desk, conn, ids))


def _edges(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The weeks from `start`, the last one cut at `end`."""
    found: list[tuple[datetime, datetime]] = []
    at = start
    while at < end and len(found) < MOST_WEEKS:
        found.append((at, min(at + WEEK, end)))
        at += WEEK
    return found or [(start, end)]


def _within(column: ColumnElement[Any], low: datetime, high: datetime, *more: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows have `column` from `low` to before `high`."""
    hit = case(((column >= low) & (column < high), literal(1)), else_=literal(0))
    for condition in more:
        hit = case((condition, hit), else_=literal(0))
    return func.coalesce(cast(func.sum(hit), Integer), 0)


def _open(all_: Sequence[int], confirmed: Sequence[int]) -> float | None:
    """The share of complaints whose cause nobody has confirmed yet."""
    return None if not sum(all_) else 1 - sum(confirmed) / sum(all_)
