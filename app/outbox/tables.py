"""Messages that leave the process, jobs that run in it, and the workers that carry both."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, text

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),  # goes out with every delivery, so that a receiver can tell a repeat
    Column("complaint_id", Id),
    Column("customer_id", Id),
    Column("topic", String(60), nullable=False),
    Column("payload", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("last_error", String(500)),
    CheckConstraint("status IN ('unsent', 'sent', 'dead')", name="status"),
    Index("ix_outbox_due_at_unsent", "due_at", postgresql_where=text("status = 'unsent'"), sqlite_where=text("status = 'unsent'")),
    # a message waits for the earlier ones of its complaint
    Index(
        "ix_outbox_complaint_id_unsent",
        "complaint_id",
        "created_at",
        "id",
        postgresql_where=text("status = 'unsent'"),
        sqlite_where=text("status = 'unsent'"),
    ),
    Index(
        "ix_outbox_created_at_dead", "created_at", postgresql_where=text("status = 'dead'"), sqlite_where=text("status = 'dead'")
    ),
)

job = Table(
    "job",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(60), nullable=False),
    Column("args", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Id),
    Column("due_at", UtcDateTime, nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", UtcDateTime),
    Column("progress", Json),
    Column("result", Json),
    Column("ended_at", UtcDateTime),
    Column("last_error", String(500)),
    CheckConstraint("status IN ('waiting', 'done', 'dead')", name="status"),
    Index("ix_job_due_at_waiting", "due_at", postgresql_where=text("status = 'waiting'"), sqlite_where=text("status = 'waiting'")),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Id, primary_key=True),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)
