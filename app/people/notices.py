"""Telling people inside the house: a notice is a row of the plan that gave rise to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update
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
    """What `actor` was told, the newest first; those older than the notice `before`."""
    query = select(notice).where(_told(actor)).order_by(notice.c.id.desc()).limit(limit)
    if unread:
        query = query.where(notice.c.read_at.is_(None))
    if before is not None:
        query = query.where(notice.c.id < before)
    return [as_dict(row) for row in await conn.execute(query)]


async def mark_read(conn: AsyncConnection, actor: Actor, notice_id: UUID, at: datetime) -> Mapping[str, Any] | None:
    """Mark a notice as read and give it; it keeps its first reader. None: there is none such for `actor`."""
    mine = and_(notice.c.id == notice_id, _told(actor))
    await conn.execute(update(notice).where(mine, notice.c.read_at.is_(None)).values(read_at=at, read_by=actor.id))
    row = (await conn.execute(select(notice).where(mine))).first()
    return as_dict(row) if row is not None else None


def _told(actor: Actor) -> ColumnElement[bool]:
    role, team = notice.c.role, notice.c.team
    held = role.in_(sorted(actor.roles))
    mine = [notice.c.user_id == actor.id, and_(team.is_(None), held)]
    if actor.team is not None:  # compared with None it would be every notice of no team
        mine += [and_(role.is_(None), team == actor.team), and_(held, team == actor.team)]
    return or_(*mine)
