"""Bulk work: the command, and the snapshot of the complaints that it is for, a row each with what became of it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

bulk = Table(
    "bulk",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(40), nullable=False),  # of the command, see desk.bulk_commands
    Column("sealed_command", LargeBinary, nullable=False),  # its parameters: forms and notes may be personal
    Column("filters", Json),  # "all matching"; NULL: complaints named one by one
    Column("status", String(20), nullable=False),
    Column("by_id", Id, nullable=False),
    Column("by", String(100), nullable=False),
    Column("on_behalf_of", String(100)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("matched_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("why_stopped", String(60)),
    CheckConstraint("status IN ('matching', 'previewed', 'running', 'stopping', 'stopped', 'done')", name="status"),
)

bulk_item = Table(
    "bulk_item",
    metadata,
    Column("id", Id, primary_key=True),  # in the order in which they are taken
    Column("bulk_id", Id, ForeignKey("bulk.id"), nullable=False),
    Column("complaint_id", Id, nullable=False),
    Column("number", String(12), nullable=False),
    Column("status", String(20), nullable=False),
    Column("code", String(60)),  # why it would be, or was, refused
    Column("reasons", Json),
    Column("state", String(80)),  # after it was done
    Column("version", Integer),
    Column("ended_at", UtcDateTime),
    CheckConstraint("status IN ('waiting', 'done', 'refused')", name="status"),
    Index("uq_bulk_item_bulk_id_complaint_id", "bulk_id", "complaint_id", unique=True),
    Index("ix_bulk_item_bulk_id_status_id", "bulk_id", "status", "id"),
)
