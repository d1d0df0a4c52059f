"""The rows of data keys: made with the customer, destroyed to erase them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.master import MasterKeyRefused
from app.access.tables import data_key
from app.access.vault import DataKey, Vault
from app.errors import Reason


def new_key(vault: Vault, at: datetime) -> tuple[DataKey, dict[str, Any]]:
    """A fresh data key and its row for `data_key`. Pure but for the random bytes."""
    key, wrapped = vault.new_data_key(at)
    row = {"id": key.id, "wrapped": wrapped, "master_id": vault.master_id, "created_at": at, "destroyed_at": None}
    return key, row


async def destroy_key(conn: AsyncConnection, key_id: UUID, at: datetime) -> bool:
    """Destroy a key: all that was sealed under it can never be read again. False when there was none to destroy.

    The search rows of the customer must go in the same transaction (`search_sql.forget`): they hold keyed hashes of
    the texts' characters under the master key.
    """
    living = (data_key.c.id == key_id) & data_key.c.wrapped.is_not(None)
    result = await conn.execute(update(data_key).where(living).values(wrapped=None, destroyed_at=at))
    return result.rowcount > 0


async def sealed_before(conn: AsyncConnection) -> bool:
    """Whether anything was ever sealed in this database: then its master key is missed, and no new one is its first."""
    return (await conn.execute(select(data_key.c.id).where(data_key.c.wrapped.is_not(None)).limit(1))).first() is not None


async def check_master_key(conn: AsyncConnection, vault: Vault) -> None:
    """At start: refuse to go on with a master key other than the one that this database was sealed with.

    Otherwise new data would be sealed under the wrong key and old data fail one by one. Raises MasterKeyRefused.
    """
    foreign = (data_key.c.master_id != vault.master_id) & data_key.c.wrapped.is_not(None)
    if (await conn.execute(select(data_key.c.id).where(foreign).limit(1))).first() is not None:
        raise MasterKeyRefused(Reason("master_key_other"))
