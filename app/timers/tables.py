"""Timers: each arming is a row of its own, never re-armed; firing compares `armed_by_seq` with the complaint's."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, text

from app.db.metadata import metadata
from app.db.types import Id, UtcDateTime

timer = Table(
    "timer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("name", String(80), nullable=False),
    Column("trigger", String(80), nullable=False),
    Column("armed_by_seq", Integer, nullable=False),
    Column("armed_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("outcome", String(200)),
    CheckConstraint("status IN ('waiting', 'done', 'superseded', 'refused', 'dead')", name="status"),
    Index(
        "ix_timer_due_at_waiting", "due_at", postgresql_where=text("status = 'waiting'"), sqlite_where=text("status = 'waiting'")
    ),
    Index("ix_timer_complaint_id", "complaint_id"),
)
