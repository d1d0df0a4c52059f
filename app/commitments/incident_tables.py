"""Incidents: one cause that many customers complain of, with one agreed answer. Who joined stands on the complaints."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

incident = Table(
    "incident",
    metadata,
    Column("id", Id, primary_key=True),
    Column("title", Json, nullable=False),  # {"zh", "en"}: what may be said of it outside, nothing personal
    Column("answer", Json, nullable=False),  # {"zh", "en"}: the agreed answer (口径)
    Column("cause", String(81), nullable=False),  # a tag
    Column("areas", Json, nullable=False),  # places; none: everywhere
    Column("products", Json, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("repair_at", UtcDateTime),  # expected
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("by", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("repaired_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    CheckConstraint("status IN ('open', 'repaired', 'closed')", name="status"),
    Index("ix_incident_status", "status", "id"),
)
