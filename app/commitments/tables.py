"""Promises to customers, work orders to departments, live consults; how many are open is counted on the complaint.

`next_at` is when the worker has to look at a row again, `leased_until` who looks at it now; both empty: nothing to wait for.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, text

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

_WAITS = text("next_at IS NOT NULL")

promise = Table(
    "promise",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("kind", String(60), nullable=False),
    Column("word", String(10), nullable=False, server_default="result"),  # result: done by then; progress: told by then
    Column("department", String(80)),
    Column("owner_id", Id),
    Column("team", String(80)),
    Column("due_at", UtcDateTime, nullable=False),
    Column("text", Json),
    Column("status", String(20), nullable=False),
    Column("by", String(100), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("waived", Json),  # reasons against it that a supervisor's word outweighed
    Column("remind_at", UtcDateTime),
    Column("reminded_at", UtcDateTime),
    Column("likely_at", UtcDateTime),  # still open by then, it is likely to be broken
    Column("broken_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("evidence", Json),
    Column("told_at", UtcDateTime),
    Column("told_channel", String(40)),
    Column("next_at", UtcDateTime),
    Column("leased_until", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    CheckConstraint("status IN ('open', 'kept', 'kept_late', 'broken', 'withdrawn')", name="status"),
    Index("ix_promise_complaint_id_id", "complaint_id", "id"),
    Index("ix_promise_status_due_at", "status", "due_at"),
    Index("ix_promise_due_at_id", "due_at", "id"),
    Index("ix_promise_next_at", "next_at", postgresql_where=_WAITS, sqlite_where=_WAITS),
)

work_order = Table(
    "work_order",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("department", String(80), nullable=False),
    Column("kind", String(60)),
    Column("team", String(80)),
    Column("blocking", Boolean, nullable=False, server_default=text("false")),
    Column("request", Json, nullable=False),
    Column("status", String(20), nullable=False),
    Column("answer", Json),
    Column("question", Json),
    Column("by", String(100), nullable=False),
    Column("asker_id", Id),
    Column("assignee_id", Id),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("assigned_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("returned_at", UtcDateTime),
    Column("fed_back_at", UtcDateTime),
    Column("told_at", UtcDateTime),
    Column("cancelled_at", UtcDateTime),
    Column("levels", Json),  # [{"percent", "at", "tell"}], as the policy was when it was ordered
    Column("level", Integer, nullable=False, server_default="0"),  # how many of them were passed
    Column("next_at", UtcDateTime),
    Column("leased_until", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    CheckConstraint(
        "status IN ('received', 'assigned', 'in_progress', 'returned', 'fed_back', 'told', 'cancelled')", name="status"
    ),
    Index("ix_work_order_complaint_id_id", "complaint_id", "id"),
    Index("ix_work_order_status_department", "status", "department"),
    Index("ix_work_order_assignee_id", "assignee_id", "status"),
    Index("ix_work_order_next_at", "next_at", postgresql_where=_WAITS, sqlite_where=_WAITS),
)

consult = Table(
    "consult",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("department", String(80), nullable=False),
    Column("team", String(80), nullable=False),
    Column("otherwise", String(60), nullable=False),  # the kind of promise that it turns into
    Column("question", Json, nullable=False),
    Column("status", String(20), nullable=False),
    Column("by", String(100), nullable=False),
    Column("asker_id", Id),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("answer", Json),
    Column("answered_by", String(100)),
    Column("answered_at", UtcDateTime),
    Column("promise_id", Id),
    Column("next_at", UtcDateTime),
    Column("leased_until", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    CheckConstraint("status IN ('asked', 'answered', 'promised')", name="status"),
    Index("ix_consult_complaint_id_id", "complaint_id", "id"),
    Index("ix_consult_status_team", "status", "team"),
    Index("ix_consult_next_at", "next_at", postgresql_where=_WAITS, sqlite_where=_WAITS),
)
