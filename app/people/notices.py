"""Telling people inside the house: a notice is a row of the plan that gave rise to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Text, and_, cast, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.db.engine import as_dict
from app.db.ids import new_id
from app.db.statement import Insert
from app.people.tables import notice


def notice_row(
    at: datetime,
    kind: str,
    *,
    user: UUID | None = None,
    role: str | None = None,
    team: str | None = None,
    complaint_id: UUID | None = None,
    data: Mapping[str, Any] | None = None,
) -> Insert:
    """A notice to a person, to whoever holds a role, to a team, or to those of a team who hold the role.

    `kind` has its words in the texts, `notices.<kind>`, with the names in `data` as placeholders. ValueError: to nobody.
    """
    if user is None and role is None and team is None:
        raise ValueError(f"a notice of kind {kind} to nobody")
    row = {
        "id": new_id(at),
        "user_id": user,
        "role": role,
        "team": team,
        "kind": kind,
        "complaint_id": complaint_id,
        "data": dict(data or {}),
        "at": at,
        "read_at": None,
        "read_by": None,
    }
    return Insert(notice, row)


async def notices_of(
    conn: AsyncConnection, actor: Actor, *, unread: bool, before: UUID | None, limit: int
) -> list[Mapping[str, Any]]:
    """What `actor` was told, the newest first; those older than the notice `before`.

    What was told to several of which he is one (himself, his team, a role that he holds) comes once: the first of them.
    """
    query = select(notice).where(_told(actor, notice), ~_told_before(actor)).order_by(notice.c.id.desc()).limit(limit)
    if unread:
        query = query.where(notice.c.read_at.is_(None))
    if before is not None:
        query = query.where(notice.c.id < before)
    return [as_dict(row) for row in await conn.execute(query)]


async def mark_read(conn: AsyncConnection, actor: Actor, notice_id: UUID, at: datetime) -> Mapping[str, Any] | None:
    """Mark a notice as read, for all to whom it was told, and give it; it keeps its first reader. None: none such for `actor`.

    What else tells him the same is read with it.
    """
    this = select(notice).where(notice.c.id == notice_id, _told(actor, notice))
    row = (await conn.execute(this)).mappings().first()
    if row is None:
        return None
    meant = notice.c.id == notice_id
    if row["complaint_id"] is not None:
        data = select(cast(notice.c.data, Text)).where(notice.c.id == notice_id).scalar_subquery()
        place = [notice.c[name] == row[name] for name in ("complaint_id", "at", "kind")]
        meant = or_(meant, and_(*place, cast(notice.c.data, Text) == data, _told(actor, notice)))
    await conn.execute(update(notice).where(meant, notice.c.read_at.is_(None)).values(read_at=at, read_by=actor.id))
    return as_dict((await conn.execute(this)).one())


def _told(actor: Actor, own: FromClause) -> ColumnElement[bool]:
    role, team = own.c.role, own.c.team
    held = role.in_(sorted(actor.roles))
    mine = [own.c.user_id == actor.id, and_(team.is_(None), held)]
    if actor.team is not None:  # compared with None it would be every notice of no team
        mine += [and_(role.is_(None), team == actor.team), and_(held, team == actor.team)]
    return or_(*mine)


def _told_before(actor: Actor) -> ColumnElement[bool]:
    """Whether the same was told to him in the same write by an earlier row."""
    twin = notice.alias("twin")
    return exists().where(_same(twin, notice), twin.c.id < notice.c.id, _told(actor, twin))


def _same(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    # Two promises of one complaint may end in one write and are two notices: the data tell them apart.
    own = [one.c[name] == other.c[name] for name in ("complaint_id", "at", "kind")]
    return and_(*own, cast(one.c.data, Text) == cast(other.c.data, Text))
