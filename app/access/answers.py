"""Answers kept for repeated requests: sealed, found by a keyed hash, stored with the write that they answer."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.tables import data_key, stored_answer
from app.access.vault import DataKey, Vault
from app.errors import KeyReused

KEPT: Final = timedelta(hours=24)

READ_ANSWER: Final = (
    select(
        stored_answer.c.key_hash,
        stored_answer.c.body_hash,
        stored_answer.c.status,
        stored_answer.c.headers,
        stored_answer.c.sealed_answer,
        stored_answer.c.key_id,
        data_key.c.wrapped,
    )
    .join_from(stored_answer, data_key, stored_answer.c.key_id == data_key.c.id, isouter=True)
    .where(stored_answer.c.key_hash == bindparam("key_hash"))
)


@dataclass(frozen=True, slots=True)
class Request:
    """What makes two requests the same: keyed hashes of (user, method, path template, Idempotency-Key) and of the body."""

    key_hash: bytes
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, byte for byte; `body` is None when it was about a customer erased since."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


def request_of(vault: Vault, *, user_id: UUID, method: str, template: str, key: str, body: bytes) -> Request:
    """The identity of a request. Keyed, since keys and bodies may hold what can be guessed (a phone number)."""
    scope = "\0".join((str(user_id), method, template, key))
    return Request(
        hmac.digest(vault.answer_key, b"key\0" + scope.encode("utf-8", "surrogatepass"), "sha256"),
        hmac.digest(vault.answer_key, b"body\0" + body, "sha256"),
    )


def answer_row(vault: Vault, request: Request, answer: Answer, at: datetime, key: DataKey | None = None) -> dict[str, Any]:
    """The row for `stored_answer`: a second one with the same key_hash violates its primary key and undoes its write.

    `key` is the key of the customer whom the answer is about; None: about nobody.
    """
    sealing = key or vault.own_key
    return {
        "key_hash": request.key_hash,
        "body_hash": request.body_hash,
        "status": answer.status,
        "headers": dict(answer.headers),
        "sealed_answer": sealing.seal(answer.body or b"", request.key_hash),
        "key_id": key.id if key else None,
        "created_at": at,
        "expires_at": at + KEPT,
    }


async def read_answer(conn: AsyncConnection, vault: Vault, request: Request) -> Answer | None:
    """The answer stored for this request, if any. Raises KeyReused when the key came with another body."""
    return open_answer(vault, request, (await conn.execute(READ_ANSWER, {"key_hash": request.key_hash})).first())


def open_answer(vault: Vault, request: Request, row: Any) -> Answer | None:
    """The answer of a row of READ_ANSWER (None: none stored). Raises KeyReused when the key came with another body."""
    if row is None:
        return None
    if not hmac.compare_digest(row.body_hash, request.body_hash):
        raise KeyReused
    if row.key_id is None:
        body: bytes | None = vault.own_key.open(row.sealed_answer, row.key_hash)
    else:
        body = None if row.wrapped is None else vault.unwrap(row.wrapped).open(row.sealed_answer, row.key_hash)
    return Answer(row.status, row.headers, body)


async def purge_answers(conn: AsyncConnection, now: datetime, limit: int = 500) -> int:
    """Delete up to `limit` answers older than 24 h; until then, and until this ran, a repeat finds them."""
    old = select(stored_answer.c.key_hash).where(stored_answer.c.expires_at <= now).limit(limit)
    return (await conn.execute(delete(stored_answer).where(stored_answer.c.key_hash.in_(old)))).rowcount
