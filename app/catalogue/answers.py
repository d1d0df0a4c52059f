"""Reading answers and briefings: versions, those that hold for tags and a product, who read them, how many doubt them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalogue.answers_tables import article, article_doubt, article_reading, briefing_try
from app.catalogue.briefings import Briefing, Offering, Passed
from app.db.engine import as_dict, json_has

Row = Mapping[str, Any]
own = article.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which versions to list; None = no matter. `holding`: published and valid at this time."""

    kind: str | None = None
    status: str | None = None
    tags: Sequence[str] | None = None
    product: str | None = None
    owner: str | None = None
    expires_before: datetime | None = None
    q: str | None = None
    holding: datetime | None = None


def holds(at: datetime) -> ColumnElement[bool]:
    """Published and valid at `at`."""
    return and_(own.status == "published", own.valid_from <= at, own.expires_at > at)


async def listed(conn: AsyncConnection, dialect: str, wanted: Wanted, before: UUID | None, limit: int) -> list[Row]:
    """Versions, the newest first. An article without tags is about everything; with `tags`, one of them (or its group)."""
    where: list[ColumnElement[bool]] = [
        column == value
        for column, value in ((own.kind, wanted.kind), (own.status, wanted.status), (own.owner, wanted.owner))
        if value is not None
    ]
    if wanted.product is not None:
        where.append(own.product == wanted.product)
    if wanted.tags is not None:
        names = dict.fromkeys(name for tag in wanted.tags for name in (tag, tag.partition(".")[0]))
        where.append(or_(*(json_has(dialect, own.tags, name) for name in names)))
    if wanted.expires_before is not None:
        where.append(own.expires_at < wanted.expires_before)
    if wanted.q is not None:
        pattern = f"%{_escaped(wanted.q.lower())}%"
        columns = (own.title_zh, own.title_en, own.text_zh, own.text_en)
        where.append(or_(*(func.lower(column).like(pattern, escape="\\") for column in columns)))
    if wanted.holding is not None:
        where.append(holds(wanted.holding))
    if before is not None:
        where.append(own.id < before)
    rows = await conn.execute(select(article).where(*where).order_by(own.id.desc()).limit(limit))
    return [as_dict(row) for row in rows]


async def versions(conn: AsyncConnection, article_id: UUID, *, lock: bool = False) -> list[Row]:
    """All versions of an article, the newest first."""
    query = select(article).where(own.article_id == article_id).order_by(own.version.desc())
    return [as_dict(row) for row in await conn.execute(query.with_for_update() if lock else query)]


async def titled(conn: AsyncConnection, kind: str, title_zh: str) -> Row | None:
    """The newest version of the newest article of that kind and Chinese title."""
    query = select(article).where(own.kind == kind, own.title_zh == title_zh).order_by(own.article_id.desc(), own.version.desc())
    row = (await conn.execute(query.limit(1))).first()
    return None if row is None else as_dict(row)


async def told_of(conn: AsyncConnection, ids: Sequence[UUID], person: UUID) -> dict[UUID, dict[str, Any]]:
    """For each version: how many read it, how many doubt it, whether `person` read it."""
    found: dict[UUID, dict[str, Any]] = {one: {"readers": 0, "doubts": 0, "read_at": None} for one in ids}
    if not found:
        return found
    for table, name in ((article_reading, "readers"), (article_doubt, "doubts")):
        query = select(table.c.version_id, func.count()).where(table.c.version_id.in_(ids)).group_by(table.c.version_id)
        for version_id, count in await conn.execute(query):
            found[version_id][name] = count
    mine = select(article_reading.c.version_id, article_reading.c.at).where(
        article_reading.c.version_id.in_(ids), article_reading.c.user_id == person
    )
    for version_id, at in await conn.execute(mine):
        found[version_id]["read_at"] = at
    return found


async def doubts(conn: AsyncConnection, version_id: UUID) -> list[Row]:
    """Who said what is wrong with a version, the newest first, fifty at most."""
    query = select(article_doubt).where(article_doubt.c.version_id == version_id).order_by(article_doubt.c.id.desc()).limit(50)
    return [as_dict(row) for row in await conn.execute(query)]


async def offering(conn: AsyncConnection, at: datetime, person: UUID) -> Offering:
    """The table of `may_offer` for one person: the briefings that hold at `at`, and what he passed of them."""
    columns = (own.id, own.article_id, own.version, own.product, own.valid_from, own.expires_at)
    rows = await conn.execute(select(*columns).where(own.kind == "briefing", holds(at)))
    briefings = [Briefing(*row) for row in rows]
    tried = briefing_try.c
    query = select(tried.user_id, tried.version_id, tried.at).where(
        tried.user_id == person, tried.passed.is_(True), tried.version_id.in_([one.version_id for one in briefings])
    )
    return Offering(briefings, [Passed(*row) for row in await conn.execute(query)])


async def tries(conn: AsyncConnection, person: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """What a person scored on each of these versions, the latest first."""
    query = select(briefing_try).where(briefing_try.c.user_id == person, briefing_try.c.version_id.in_(ids))
    found: dict[UUID, list[Row]] = {}
    for row in await conn.execute(query.order_by(briefing_try.c.id.desc())):
        found.setdefault(row.version_id, []).append(as_dict(row))
    return found


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
