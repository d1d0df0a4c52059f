"""Users and tokens; the keys of personal data and what is sealed under them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

app_user = Table(
    "app_user",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("display", String(100), nullable=False),
    Column("roles", Json, nullable=False),  # ["handler", …], see access.roles
    Column("team", String(80)),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("app_user.id"), nullable=False, index=True),
    Column("hash", LargeBinary(32), nullable=False, unique=True),  # SHA-256 of the text, which is stored nowhere
    Column("prefix", String(12), nullable=False),  # its first characters, so that people can tell tokens apart
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),  # to the hour
)

data_key = Table(
    "data_key",
    metadata,
    Column("id", Id, primary_key=True),
    Column("wrapped", LargeBinary),  # NULL once destroyed: all that was sealed under it is lost for ever, and meant to be
    Column("master_id", String(16), nullable=False),  # fingerprint of the master key that wrapped it
    Column("created_at", UtcDateTime, nullable=False),
    Column("destroyed_at", UtcDateTime),
)

text = Table(
    "text",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key_id", Id, ForeignKey("data_key.id"), nullable=False),
    Column("customer_id", Id, nullable=False, index=True),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

stored_answer = Table(
    "stored_answer",
    metadata,
    Column("key_hash", LargeBinary(32), primary_key=True),  # of user, method, path template and Idempotency-Key
    Column("body_hash", LargeBinary(32), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Json, nullable=False),
    Column("sealed_answer", LargeBinary, nullable=False),
    Column("key_id", Id),  # the customer's key; NULL: sealed under the vault's own, the answer is about nobody
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_stored_answer_expires_at", "expires_at"),
)
