"""How promises were kept over a period: one definition, counted from the rows, by handler, team or department."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.tables import app_user
from app.commitments.tables import promise

By = Literal["handler", "team", "department"]
COLUMNS: Final = {"handler": promise.c.owner_id, "team": promise.c.team, "department": promise.c.department}
STATUSES: Final = ("kept", "kept_late", "broken", "withdrawn", "open")


@dataclass(frozen=True, slots=True)
class Kept:
    """The promises of one handler, team or department; `key` None: nobody's."""

    key: Any
    name: str | None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))

    @property
    def rate(self) -> float | None:
        """Kept in time, of those that came to their date; None where none did."""
        return rate(self.counts)


def rate(counts: dict[str, int]) -> float | None:
    """Kept in time ÷ (kept in time + kept late + broken), to four digits; withdrawn and open ones do not count."""
    due = counts["kept"] + counts["kept_late"] + counts["broken"]
    return round(counts["kept"] / due, 4) if due else None


async def kept_by(conn: AsyncConnection, by: By, start: datetime, end: datetime) -> list[Kept]:
    """The promises that fell due in [start, end), the largest groups first."""
    column, own = COLUMNS[by], promise.c
    fell = and_(own.due_at >= start, own.due_at < end)
    query = select(column, own.status, func.count()).where(fell).group_by(column, own.status)
    groups: dict[Any, Kept] = {}
    for key, status, count in await conn.execute(query):
        groups.setdefault(key, Kept(key, None if by == "handler" else key)).counts[status] += count
    if by == "handler" and groups:
        known = select(app_user.c.id, app_user.c.display).where(app_user.c.id.in_([key for key in groups if key is not None]))
        for key, name in await conn.execute(known):
            groups[key] = Kept(key, name, groups[key].counts)
    return sorted(groups.values(), key=lambda one: (-sum(one.counts.values()), str(one.key)))


def together(groups: list[Kept]) -> Kept:
    """All of them."""
    whole = Kept(None, None)
    for one in groups:
        for status, count in one.counts.items():
            whole.counts[status] += count
    return whole
