"""Sealing: committed events get their place in one dense order, and a hash that fixes them there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, func, select

from app.audit.lease import hold
from app.audit.tables import event, event_pending, leaf
from app.db.background import ROWS
from app.db.engine import Database, as_dict

LEASE = "seal"
_LEAF = b"\x00"  # RFC 6962: a leaf can never be taken for an inner node of the tree


def canonical(row: Mapping[str, Any]) -> bytes:
    """An event row as the bytes that are hashed: JSON in UTF-8, keys sorted, no white space; ids and UTC times as text.

    Columns without a value are left out, so that a column added later changes no hash of an old event.
    """
    known = {name: _plain(value) for name, value in row.items() if value is not None}
    return orjson.dumps(known, option=orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value


def leaf_hash(row: Mapping[str, Any]) -> bytes:
    """The leaf of an event, 32 bytes: SHA-256 of 0x00 and its canonical form."""
    return hashlib.sha256(_LEAF + canonical(row)).digest()


async def seal(database: Database, holder: str, now: datetime, until: datetime, limit: int = ROWS) -> int:
    """Move up to `limit` pending events into the order; how many. 0 also while another holds the lease.

    One transaction: the leaves take the next indexes and their events leave the queue, or neither. Should two ever get
    here together, the lease's row lock lets one wait, and the keys of `leaf` refuse a double or a fork.
    """
    async with database.read() as conn:
        if (await conn.execute(select(event_pending.c.event_id).limit(1))).first() is None:
            return 0
    async with database.write() as conn:
        if not await hold(conn, LEASE, holder, now, until):
            return 0
        waiting = select(event).join(event_pending, event_pending.c.event_id == event.c.id).order_by(event.c.id).limit(limit)
        rows = [as_dict(row) for row in await conn.execute(waiting)]
        if not rows:
            return 0
        last = (await conn.execute(select(func.max(leaf.c.idx)))).scalar_one()
        first = 0 if last is None else last + 1
        leaves = [{"idx": first + n, "event_id": row["id"], "hash": leaf_hash(row)} for n, row in enumerate(rows)]
        await conn.execute(leaf.insert(), leaves)
        await conn.execute(delete(event_pending).where(event_pending.c.event_id.in_([row["id"] for row in rows])))
    return len(rows)
