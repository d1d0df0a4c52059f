"""Events, and the order in which everything is resumed from them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

event = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id),
    Column("customer_id", Id),
    Column("seq", Integer),  # the complaint's version after this step; NULL where the version did not move
    Column("type", String(60), nullable=False),
    Column("at", UtcDateTime, nullable=False),  # recorded
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("actor_id", Id),
    Column("actor", String(100), nullable=False),
    Column("on_behalf_of", String(100)),
    Column("role", String(40), nullable=False),
    Column("transition", String(80)),
    Column("from_state", String(80)),
    Column("to_state", String(80)),
    Column("data", Json, nullable=False),  # personal values by reference only: {"text": id, "commitment": hash}
    Column("guards", Json, nullable=False),
    Column("patch", Json, nullable=False),  # columns of the complaint that this step set: the record as it was is their fold
    Column("workflow", String(60)),
    Column("workflow_version", Integer),
    Column("request_id", String(64)),
    Index("ix_event_complaint_id_id", "complaint_id", "id"),
    Index("ix_event_actor_id_id", "actor_id", "id"),
    postgresql_partition_by="RANGE (id)",  # UUIDv7 bounds are months
)

event_pending = Table(
    "event_pending",
    metadata,
    Column("event_id", Id, primary_key=True),
)

leaf = Table(
    "leaf",
    metadata,
    Column("idx", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),  # dense from 0
    Column("event_id", Id, nullable=False, unique=True),
    Column("hash", LargeBinary(32), nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(60), nullable=False, unique=True),  # of what only one process may do: "seal", …
    Column("holder", String(64), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
