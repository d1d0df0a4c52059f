"""Finding customers: by id, by the CRM's id, by phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.tables import data_key
from app.customers.tables import customer
from app.db.engine import as_dict

COLUMNS = [*customer.columns, data_key.c.wrapped.label("wrapped")]
"""A customer with the wrapped key that opens its sealed columns (NULL once it was destroyed)."""


async def find(conn: AsyncConnection, where: ColumnElement[bool], limit: int = 2) -> Sequence[Mapping[str, Any]]:
    """Customers by a condition: those of the CRM before provisional ones, then oldest first."""
    query = select(*COLUMNS).join(data_key, data_key.c.id == customer.c.key_id).where(where)
    query = query.order_by(customer.c.provisional, customer.c.id).limit(limit)
    return [as_dict(row) for row in await conn.execute(query)]


async def by_id(conn: AsyncConnection, customer_id: UUID) -> Mapping[str, Any] | None:
    """The customer itself; a provisional row that was matched later leads to the customer it was matched with."""
    found = await find(conn, customer.c.id == customer_id)
    if found and found[0]["same_as"] is not None:
        found = await find(conn, customer.c.id == found[0]["same_as"])
    return found[0] if found else None


async def by_external_hashes(conn: AsyncConnection, digests: Sequence[bytes]) -> dict[bytes, Mapping[str, Any]]:
    """Several customers at once, by keyed hash of the CRM's id."""
    found = await find(conn, customer.c.external_hash.in_(digests), len(digests))
    return {bytes(c["external_hash"]): c for c in found}
