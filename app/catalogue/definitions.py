"""Publishing and reading definitions: immutable versions, one pointer to the current one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.events import By, Event
from app.catalogue.tables import current_definition, definition
from app.db.ids import new_id
from app.db.statement import by_table


@dataclass(frozen=True, slots=True)
class Published:
    """A definition as stored. `sha256` is that of `text` in UTF-8."""

    kind: str
    name: str
    version: int
    sha256: str
    text: str
    published_by: str
    at: datetime


_COLUMNS = [definition.c[name] for name in ("kind", "name", "version", "sha256", "text", "published_by", "at")]
CURRENT = select(*_COLUMNS).join(
    current_definition,
    and_(
        current_definition.c.kind == definition.c.kind,
        current_definition.c.name == definition.c.name,
        current_definition.c.version == definition.c.version,
    ),
)


def digest(text: str) -> str:
    """SHA-256 of a definition's text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


async def current(conn: AsyncConnection, kind: str, name: str) -> Published | None:
    """The current version, if anything of that kind and name was ever published."""
    row = (await conn.execute(CURRENT.where(definition.c.kind == kind, definition.c.name == name))).first()
    return Published(*row) if row else None


async def versions_at(conn: AsyncConnection, kinds: Sequence[str], at: datetime) -> dict[str, int | None]:
    """The version of each kind (named as the kind) that was the newest by `at`; None: not yet published."""
    newest = select(definition.c.kind, func.max(definition.c.version)).where(
        definition.c.kind.in_(kinds), definition.c.name == definition.c.kind, definition.c.at <= at
    )
    found = {str(kind): int(version) for kind, version in await conn.execute(newest.group_by(definition.c.kind))}
    return {kind: found.get(kind) for kind in kinds}


async def version_of(conn: AsyncConnection, kind: str, name: str, version: int) -> Published | None:
    """One version."""
    query = select(*_COLUMNS).where(definition.c.kind == kind, definition.c.name == name, definition.c.version == version)
    row = (await conn.execute(query)).first()
    return Published(*row) if row else None


async def listed(conn: AsyncConnection, kind: str, name: str | None = None) -> list[Published]:
    """The current definitions of a kind; with `name`, all its versions, newest first."""
    if name is None:
        query = CURRENT.where(definition.c.kind == kind).order_by(definition.c.name)
    else:
        query = select(*_COLUMNS).where(definition.c.kind == kind, definition.c.name == name).order_by(definition.c.version.desc())
    return [Published(*row) for row in await conn.execute(query)]


async def publish(conn: AsyncConnection, by: By, at: datetime, kind: str, name: str, text: str) -> tuple[Published, bool]:
    """Store `text` as the next version and make it current; (the version, whether anything changed).

    The text that is current already changes nothing. In the caller's transaction.
    """
    now = await current(conn, kind, name)
    if now is not None and now.sha256 == digest(text):
        return now, False
    last = (await listed(conn, kind, name))[:1]
    made = Published(kind, name, last[0].version + 1 if last else 1, digest(text), text, by.name, at)
    await conn.execute(definition.insert().values(id=new_id(at), **_row(made)))
    pointer = and_(current_definition.c.kind == kind, current_definition.c.name == name)
    if now is None:
        await conn.execute(current_definition.insert().values(id=new_id(at), kind=kind, name=name, version=made.version))
    else:
        await conn.execute(current_definition.update().where(pointer).values(version=made.version))
    event = Event("definition_published", at, by, data={"kind": kind, "name": name, "version": made.version, "sha256": made.sha256})
    for table, rows in by_table(event.rows()).items():
        await conn.execute(table.insert(), [dict(r) for r in rows])
    return made, True


def _row(made: Published) -> Mapping[str, Any]:
    return {name: getattr(made, name) for name in Published.__dataclass_fields__}
