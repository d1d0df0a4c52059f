"""Free text and personal form fields: a row of ciphertext each, and references to it everywhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.tables import data_key, text
from app.access.vault import DataKey, Vault
from app.db.ids import new_id


@dataclass(frozen=True, slots=True)
class SealedText:
    """A text ready to be stored: its row for the table `text`, and what events and columns carry in its place."""

    id: UUID
    row: Mapping[str, Any]
    reference: Mapping[str, str]  # {"text": id, "commitment": 64 hexadecimal digits}


def seal_text(key: DataKey, customer_id: UUID, plaintext: str, at: datetime) -> SealedText:
    """Seal `plaintext` under the customer's key, bound to the id of its row."""
    text_id = new_id(at)
    row = {
        "id": text_id,
        "key_id": key.id,
        "customer_id": customer_id,
        "ciphertext": key.seal(plaintext.encode(), text_id.bytes),
        "created_at": at,
    }
    return SealedText(text_id, row, {"text": str(text_id), "commitment": key.commit(text_id, plaintext)})


def is_reference(value: object) -> bool:
    """Whether a JSON value stands for a sealed text."""
    return isinstance(value, Mapping) and value.keys() == {"text", "commitment"}


def references(value: object) -> set[str]:
    """The ids of all sealed texts that a JSON value refers to, at any depth."""
    if isinstance(value, Mapping):
        if is_reference(value):
            return {str(value["text"])}
        return set().union(*(references(inner) for inner in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(references(inner) for inner in value))
    return set()


async def open_texts(conn: AsyncConnection, vault: Vault, ids: Iterable[UUID | str]) -> dict[str, str | None]:
    """The texts of `ids` by id, in one SELECT. None: its key was destroyed. An id that is not stored is left out."""
    wanted = {UUID(str(text_id)) for text_id in ids}
    if not wanted:
        return {}
    statement = (
        select(text.c.id, text.c.ciphertext, data_key.c.wrapped)
        .join_from(text, data_key, text.c.key_id == data_key.c.id)
        .where(text.c.id.in_(wanted))
    )
    return {str(row.id): open_text(vault, row.id, row.ciphertext, row.wrapped) for row in await conn.execute(statement)}


def open_text(vault: Vault, text_id: UUID, ciphertext: bytes, wrapped: bytes | None) -> str | None:
    """One text, from columns that the caller loaded. None: its key was destroyed. Raises SealBroken."""
    if wrapped is None:
        return None
    return vault.unwrap(wrapped).open(ciphertext, text_id.bytes).decode()


def resolve(value: Any, texts: Mapping[str, str | None], erased: str) -> Any:
    """`value` with each reference replaced by its text; `erased` stands where the key was destroyed."""
    if isinstance(value, Mapping):
        if is_reference(value):
            found = texts.get(str(value["text"]))
            return erased if found is None else found
        return {name: resolve(inner, texts, erased) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(inner, texts, erased) for inner in value]
    return value
