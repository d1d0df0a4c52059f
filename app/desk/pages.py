"""Lists of complaints, each with its customer masked; the rows are read once and never counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.access.vault import DataKey
from app.complaints.pages import Filters, page
from app.complaints.search_tokens import SearchQuery
from app.desk.desk import Desk
from app.desk.terms import Terms

Row = tuple[Mapping[str, Any], Mapping[str, Any], DataKey | None]


@dataclass(frozen=True, slots=True)
class Page:
    """Complaints with their customers and keys, in order; `next_cursor` None at the end. Clocks are read on `terms`, `at`."""

    rows: list[Row]
    next_cursor: str | None
    terms: Terms
    at: datetime


def searched(desk: Desk, text: str) -> SearchQuery | None:
    """The query that finds `text`, for Filters.q; None when nothing is left of it to look for."""
    return desk.tokens.query(text)


async def list_page(desk: Desk, filters: Filters, sort: str = "-opened_at", cursor: str | None = None, limit: int = 50) -> Page:
    """One page. Raises Invalid for a cursor that is none."""
    db = desk.runtime.db
    async with db.read() as conn:
        found, following = await page(conn, db.dialect, filters, sort, cursor, limit)
    unwrap = desk.vault.unwrap
    rows = [(own, person, unwrap(person["wrapped"]) if person["wrapped"] else None) for own, person in found]
    return Page(rows, following, await desk.terms(), desk.runtime.clock.now())
