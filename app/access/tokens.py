"""Bearer tokens: random, stored as a hash, shown once, expiring, revocable with effect on the next request."""

from __future__ import annotations

import hashlib
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.tables import app_user, token
from app.audit.events import By, Event
from app.audit.record import BY_PROGRAM, record
from app.db.engine import Database
from app.db.ids import new_id
from app.db.prepared import Prepared
from app.errors import NotFound, Reason, Unauthenticated

LIFE: Final = timedelta(days=90)
_SHAPE: Final = re.compile(r"amd_[A-Za-z0-9_-]{43}", re.ASCII)
_USE_NOTED_EVERY: Final = timedelta(hours=1)  # a write per request would cost more than the request

AUTHENTICATE: Final = Prepared(
    select(
        token.c.id.label("token_id"),
        token.c.expires_at,
        token.c.revoked_at,
        token.c.last_used_at,
        app_user.c.id,
        app_user.c.name,
        app_user.c.display,
        app_user.c.roles,
        app_user.c.team,
        app_user.c.active,
    )
    .join_from(token, app_user, token.c.user_id == app_user.c.id)
    .where(token.c.hash == bindparam("hash"))
)
"""The one SELECT of a sign-in: roles and revocation are read on each request, so a change applies at once."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made; `text` is known only here and now."""

    id: UUID
    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token as its owner and administrators see it."""

    id: UUID
    prefix: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


def hash_of(text: str) -> bytes:
    """What is stored of a token. A plain hash does: 256 random bits cannot be guessed, so nothing need slow a guesser."""
    return hashlib.sha256(text.encode()).digest()


async def create_token(db: Database, user_id: UUID, at: datetime, life: timedelta = LIFE, by: By = BY_PROGRAM) -> NewToken:
    """A new token of `user_id`, valid for `life`; an event tells of it, never of its text."""
    made = NewToken(new_id(at), "amd_" + secrets.token_urlsafe(32), at + life)
    row = {
        "id": made.id,
        "user_id": user_id,
        "hash": hash_of(made.text),
        "prefix": made.text[:8],
        "created_at": at,
        "expires_at": made.expires_at,
    }
    told = Event("token_made", at, by, data={"user": user_id, "token": made.id, "expires_at": made.expires_at})
    async with db.write() as conn:
        await conn.execute(token.insert().values(**row))
        await record(conn, told)
    return made


async def revoke_token(db: Database, token_id: UUID, at: datetime, by: By = BY_PROGRAM) -> None:
    """End a token now, which is an event; revoking it again changes nothing. Raises NotFound."""
    async with db.write() as conn:
        found = (await conn.execute(select(token.c.user_id).where(token.c.id == token_id))).first()
        if found is None:
            raise NotFound(Reason("token_id_unknown", "token"), what="token")
        still_valid = (token.c.id == token_id) & token.c.revoked_at.is_(None)
        if (await conn.execute(update(token).where(still_valid).values(revoked_at=at))).rowcount:
            await record(conn, Event("token_revoked", at, by, data={"user": found[0], "token": token_id}))


async def tokens_of(conn: AsyncConnection, user_id: UUID) -> list[TokenInfo]:
    """All tokens of a user, newest first."""
    columns = [token.c[name] for name in TokenInfo.__dataclass_fields__]
    rows = await conn.execute(select(*columns).where(token.c.user_id == user_id).order_by(token.c.id.desc()))
    return [TokenInfo(*row) for row in rows]


async def authenticate(db: Database, text: str, now: datetime) -> Actor:
    """Who shows the token `text`. Raises Unauthenticated with the reason: malformed, unknown, revoked, expired, inactive."""
    if _SHAPE.fullmatch(text) is None:
        raise Unauthenticated(Reason("token_malformed"))
    found = await db.rows(AUTHENTICATE, {"hash": hash_of(text)})
    row = found[0] if found else None
    actor = admit(row, now)
    if row is not None and (row.last_used_at is None or now - row.last_used_at >= _USE_NOTED_EVERY):
        with suppress(SQLAlchemyError, OSError):  # a database that takes no writes now can still be read
            await _note_use(db, row.token_id, now)
    return actor


def admit(row: Any, now: datetime) -> Actor:
    """The actor of a row of AUTHENTICATE (None: no such token), or Unauthenticated with the reason."""
    if row is None:
        raise Unauthenticated(Reason("token_unknown"))
    if row.revoked_at is not None:
        raise Unauthenticated(Reason("token_revoked"))
    if row.expires_at <= now:
        raise Unauthenticated(Reason("token_expired", params={"at": row.expires_at.isoformat(timespec="seconds")}))
    if not row.active:
        raise Unauthenticated(Reason("user_inactive", params={"name": row.name}))
    return Actor(row.id, row.name, row.display, frozenset(row.roles), row.team, row.token_id)


async def _note_use(db: Database, token_id: UUID, now: datetime) -> None:
    stale = or_(token.c.last_used_at.is_(None), token.c.last_used_at <= now - _USE_NOTED_EVERY)
    async with db.write() as conn:
        await conn.execute(update(token).where((token.c.id == token_id) & stale).values(last_used_at=now))
