"""Contacts: one row for each touch by any channel, with who was proved to be there."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

contact = Table(
    "contact",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("direction", String(10), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("verification", Integer, nullable=False),
    Column("relation", String(40), nullable=False),
    Column("emotion_start", Integer),
    Column("emotion_end", Integer),
    Column("note", Json),
    Column("by_id", Id),
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    CheckConstraint("direction IN ('in', 'out')", name="direction"),
    CheckConstraint("verification BETWEEN 0 AND 3", name="verification"),
    Index("ix_contact_complaint_id_id", "complaint_id", "id"),
)
