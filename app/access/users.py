"""Users: made by an administrator or the command line, never deleted (events name them), but deactivated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.plain import clean_text
from app.access.roles import check_roles
from app.access.tables import app_user, token
from app.audit.events import By, Event
from app.audit.record import BY_PROGRAM, record
from app.db.engine import Database, violated
from app.db.ids import new_id
from app.errors import Conflict, NotFound, Reason


@dataclass(frozen=True, slots=True)
class User:
    """A row of `app_user`."""

    id: UUID
    name: str
    display: str
    roles: tuple[str, ...]
    team: str | None
    active: bool
    version: int
    created_at: datetime

    def actor(self) -> Actor:
        """This user as the one who acts, where no token was shown (command line)."""
        return Actor(self.id, self.name, self.display, frozenset(self.roles), self.team)


_COLUMNS = [app_user.c[name] for name in User.__dataclass_fields__]


async def ensure_user(
    db: Database,
    name: str,
    roles: Iterable[str],
    *,
    at: datetime,
    display: str | None = None,
    team: str | None = None,
    by: By = BY_PROGRAM,
) -> User:
    """The user `name`, made if missing. One that exists keeps what it has, gains the roles it lacks, and is active again.

    What is stored is an event; a user that is as wanted already is left alone.

    Raises Invalid for a name or role that cannot be; Conflict when another made the same user in this moment.
    """
    name = clean_text(name, 100, where="name", min_length=1)
    wanted = check_roles(roles)
    try:
        async with db.write() as conn:
            found = await find_user(conn, name, lock=True)
            if found is None:
                user = User(new_id(at), name, display or name, wanted, team, active=True, version=1, created_at=at)
                await conn.execute(app_user.insert().values(**_row(user)))
                await record(conn, _stored(user, at, by))
                return user
            user = User(
                found.id,
                name,
                display or found.display,
                tuple(sorted({*found.roles, *wanted})),
                team or found.team,
                active=True,
                version=found.version + 1,
                created_at=found.created_at,
            )
            if _row(user) | {"version": 0} == _row(found) | {"version": 0}:
                return found
            await conn.execute(update(app_user).where(app_user.c.id == user.id).values(**_row(user)))
            await record(conn, _stored(user, at, by))
            return user
    except DBAPIError as error:
        if violated(error):
            raise Conflict(Reason("user_exists", "name", {"name": name})) from error
        raise


async def store_user(
    conn: AsyncConnection, by: By, at: datetime, name: str, values: Mapping[str, Any], found: User | None
) -> tuple[User, Literal["created", "updated", "unchanged"]]:
    """Make the user `name`, or set `values` (display, roles, team, active) of the one `found`; with an event.

    In the caller's transaction. Whoever is shut out loses all tokens. Raises Invalid for a role that nobody can hold.
    """
    told = {**values, "roles": check_roles(values["roles"])} if "roles" in values else dict(values)
    if found is None:
        user = User(
            new_id(at), name, **{"display": name, "roles": (), "team": None, "active": True, **told}, version=1, created_at=at
        )
        await conn.execute(app_user.insert().values(**_row(user)))
        await record(conn, _stored(user, at, by))
        return user, "created"
    user = replace(found, **told)
    if user == found:
        return found, "unchanged"
    user = replace(user, version=found.version + 1)
    await conn.execute(update(app_user).where(app_user.c.id == user.id).values(**_row(user)))
    events = [_stored(user, at, by)]
    if found.active and not user.active:
        valid = (token.c.user_id == user.id) & token.c.revoked_at.is_(None)
        ended = await conn.execute(update(token).where(valid).values(revoked_at=at).returning(token.c.id))
        events += [Event("token_revoked", at, by, data={"user": user.id, "token": token_id}) for token_id in ended.scalars()]
    await record(conn, *events)
    return user, "updated"


async def find_user(conn: AsyncConnection, name: str, *, lock: bool = False) -> User | None:
    """The user `name`, active or not. `lock`: who else would change it waits until the caller's transaction has ended."""
    query = select(*_COLUMNS).where(app_user.c.name == name)
    row = (await conn.execute(query.with_for_update() if lock else query)).first()
    return None if row is None else _user(tuple(row))


async def find_by_id(conn: AsyncConnection, user_id: UUID) -> User | None:
    """The user with this id, active or not."""
    row = (await conn.execute(select(*_COLUMNS).where(app_user.c.id == user_id))).first()
    return None if row is None else _user(tuple(row))


async def list_users(conn: AsyncConnection) -> list[User]:
    """All users by name."""
    return [_user(tuple(row)) for row in await conn.execute(select(*_COLUMNS).order_by(app_user.c.name))]


async def deactivate_user(db: Database, name: str, at: datetime, by: By = BY_PROGRAM) -> User:
    """Shut the user out as of the next request and revoke all tokens, with an event for each. Raises NotFound."""
    async with db.write() as conn:
        user = await find_user(conn, name, lock=True)
        if user is None:
            raise NotFound(Reason("user_unknown", "name", {"name": name}), what="user")
        valid = (token.c.user_id == user.id) & token.c.revoked_at.is_(None)
        ended = await conn.execute(update(token).where(valid).values(revoked_at=at).returning(token.c.id))
        revoked = [Event("token_revoked", at, by, data={"user": user.id, "token": token_id}) for token_id in ended.scalars()]
        if user.active:
            user = replace(user, active=False, version=user.version + 1)
            await conn.execute(update(app_user).where(app_user.c.id == user.id).values(**_row(user)))
            revoked.append(_stored(user, at, by))
        await record(conn, *revoked)
    return user


def _stored(user: User, at: datetime, by: By) -> Event:
    data = {"user": user.id, "name": user.name, "roles": list(user.roles), "team": user.team, "active": user.active}
    return Event("user_stored", at, by, data=data)


def _user(row: tuple[object, ...]) -> User:
    fields = dict(zip(User.__dataclass_fields__, row, strict=True))
    return User(**{**fields, "roles": tuple(fields["roles"])})  # type: ignore[arg-type]


def _row(user: User) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(user, name) for name in User.__dataclass_fields__}
    return row | {"roles": list(user.roles)}
