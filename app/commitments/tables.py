"""Promises to customers and work orders to departments; how many are open is counted on the complaint."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

promise = Table(
    "promise",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("kind", String(60), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("text", Json),
    Column("status", String(20), nullable=False),
    Column("by", String(100), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("evidence", Json),
    CheckConstraint("status IN ('open', 'kept', 'broken', 'withdrawn')", name="status"),
    Index("ix_promise_complaint_id_id", "complaint_id", "id"),
    Index("ix_promise_status_due_at", "status", "due_at"),
)

work_order = Table(
    "work_order",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("department", String(80), nullable=False),
    Column("request", Json, nullable=False),
    Column("status", String(20), nullable=False),
    Column("answer", Json),
    Column("by", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("fed_back_at", UtcDateTime),
    Column("told_at", UtcDateTime),
    CheckConstraint("status IN ('received', 'assigned', 'in_progress', 'fed_back', 'told', 'cancelled')", name="status"),
    Index("ix_work_order_complaint_id_id", "complaint_id", "id"),
    Index("ix_work_order_status_department", "status", "department"),
)
