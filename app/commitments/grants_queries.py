"""Grants read: what counts already against a limit, lists, what waits too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.commitments.compensation import Budgets
from app.commitments.grants_tables import COUNTED, grant, tally
from app.complaints.tables import complaint
from app.customers.tables import customer
from app.db.background import has_status
from app.db.engine import as_dict
from app.workflow.definition import MERGE

Row = Mapping[str, Any]
GIVEN_UP: Final = ("withdraw", MERGE, "no_agreement")
"""Ends of a complaint (what the closing step means) that leave nothing to be granted, though it may have been resolved before."""


@dataclass(frozen=True, slots=True)
class Used:
    """What counts already, in fen: of the complaint by kind, of the customer in his period, of the team in its own."""

    due: Mapping[str, int]
    goodwill: Mapping[str, int]
    customer: int
    customer_total: int
    customer_count: int
    spent: int


def period_of(budgets: Budgets, zone: ZoneInfo, at: datetime) -> tuple[datetime, datetime]:
    """The budget's period that `at` falls into: its begin, and its end, which is not part of it; by the clock of `zone`."""
    day = at.astimezone(zone).date()
    months = {"month": 1, "quarter": 3, "year": 12}[budgets.period]
    first = (day.month - 1) // months * months + 1
    after = day.year * 12 + first - 1 + months
    ends = date(day.year, first, 1), date(after // 12, after % 12 + 1, 1)
    begin, end = (datetime.combine(one, time.min, zone).astimezone(UTC) for one in ends)
    return begin, end


def tallies_of(root: UUID, team: str | None) -> tuple[str, str]:
    """The names of the tallies of a customer and of a team."""
    return f"customer:{root}", f"team:{team or ''}"


async def tallies(conn: AsyncConnection, names: Sequence[str]) -> dict[str, Row]:
    """The tallies that are there, by name. Read before the sums that they guard."""
    rows = await conn.execute(select(tally).where(tally.c.name.in_(names)))
    return {row.name: as_dict(row) for row in rows}


async def used(
    conn: AsyncConnection,
    complaint_id: UUID,
    root: UUID,
    since: datetime,
    team: str | None,
    budgets: Budgets | None,
    period: tuple[datetime, datetime] | None,
    without: UUID | None = None,
) -> Used:
    """What counts already; the grant `without` is left out."""
    own = grant.c
    counted = own.status.in_(COUNTED) if without is None else own.status.in_(COUNTED) & (own.id != without)
    by_kind = select(own.kind, func.sum(own.due_fen), func.sum(own.goodwill_fen)).group_by(own.kind)
    case = list(await conn.execute(by_kind.where(own.complaint_id == complaint_id, counted)))
    people = select(customer.c.id).where((customer.c.id == root) | (customer.c.same_as == root))
    sums = select(func.sum(own.goodwill_fen), func.sum(own.amount_fen), func.count())
    goodwill, total, count = (await conn.execute(sums.where(own.customer_id.in_(people), own.at >= since, counted))).one()
    spent = 0
    if budgets is not None and period is not None:
        column = own.goodwill_fen if budgets.counts == "goodwill" else own.amount_fen
        same = own.team.is_(None) if team is None else own.team == team
        spent = (
            await conn.execute(select(func.sum(column)).where(same, own.at >= period[0], own.at < period[1], counted))
        ).scalar_one() or 0
    return Used(
        {kind: int(due) for kind, due, _ in case},
        {kind: int(more) for kind, _, more in case},
        int(goodwill or 0),
        int(total or 0),
        count,
        int(spent),
    )


async def of_complaint(conn: AsyncConnection, complaint_id: UUID) -> list[Row]:
    """The grants of a complaint, oldest first."""
    rows = await conn.execute(select(grant).where(grant.c.complaint_id == complaint_id).order_by(grant.c.id))
    return [as_dict(row) for row in rows]


def chosen(filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Conditions of `filters` (column → value, `from` and `to` for the time); None leaves a filter out, "" means: none."""
    found: list[ColumnElement[bool]] = []
    for name, value in filters.items():
        if value is None:
            continue
        if name == "from":
            found.append(grant.c.at >= value)
        elif name == "to":
            found.append(grant.c.at < value)
        elif name == "handler":
            found.append(handler() == value)
        else:
            found.append(grant.c[name].is_(None) if value == "" else grant.c[name] == value)
    return found


def handler() -> ColumnElement[str]:
    """Who granted: the person for whom a program did, else the user."""
    return func.coalesce(grant.c.on_behalf_of, grant.c.by)


async def page(conn: AsyncConnection, filters: Mapping[str, Any], before: UUID | None, limit: int) -> list[Row]:
    """Grants with the numbers of their complaints, newest first; those older than the grant `before`."""
    query: Select[Any] = select(*grant.columns, complaint.c.number).join(complaint, complaint.c.id == grant.c.complaint_id)
    query = query.where(*chosen(filters)).order_by(grant.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(grant.c.id < before)
    return [as_dict(row) for row in await conn.execute(query)]


SPREAD = ("id", "segment", "cause", "kind", "amount_fen", "position", "reason", "status")


async def spread_rows(conn: AsyncConnection, start: datetime, end: datetime) -> list[Row]:
    """What the report is made of: the grants of a period that came about, in the order of time."""
    columns = [*(grant.c[name] for name in SPREAD), handler().label("handler")]
    made = grant.c.status.in_(("granted", "confirmed"))
    query = select(*columns).where(grant.c.at >= start, grant.c.at < end, made).order_by(grant.c.at, grant.c.id)
    return [as_dict(row) for row in await conn.execute(query)]


async def ending(conn: AsyncConnection, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(complaint, grant) of those that waited too long for approval, or whose complaint came to nothing (see `came_to_nothing`)."""
    own = complaint.c
    nothing = own.final & (own.resolved_at.is_(None) | own.closed_as.in_(GIVEN_UP))
    query = select(grant.c.complaint_id, grant.c.id).join(complaint, own.id == grant.c.complaint_id)
    query = query.where(has_status(grant, "asked"), (grant.c.expires_at <= now) | nothing)
    rows = await conn.execute(query.order_by(grant.c.expires_at, grant.c.id).limit(limit))
    return [(row.complaint_id, row.id) for row in rows]


def came_to_nothing(complaint: Row) -> bool:
    """Whether the complaint has ended without being resolved: withdrawn, merged, no agreement, or otherwise."""
    return complaint["final"] and (complaint["resolved_at"] is None or complaint["closed_as"] in GIVEN_UP)


def since_of(days: int, at: datetime) -> datetime:
    """The begin of a customer's period that ends at `at`."""
    return at - timedelta(days=days)
