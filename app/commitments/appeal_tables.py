"""Appeals (申诉): what a customer laid before a body outside the house, with its own dates, our reply and the result."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, text

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

appeal = Table(
    "appeal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("body", String(60), nullable=False),  # as policy.yaml names it
    Column("reference", Json),  # the body's number, sealed: it leads to the person
    Column("ground", Json),  # what the body wrote, sealed
    Column("received_at", UtcDateTime, nullable=False),
    Column("status", String(20), nullable=False),
    Column("due", Json, nullable=False),  # {name of the date: time}, as the policy had it when it came in
    Column("reply_due_at", UtcDateTime),  # the nearest of those that are ours, while it is open
    Column("accepted_at", UtcDateTime),
    Column("replied_at", UtcDateTime),
    Column("replied_by", String(40)),  # how: letter, system …
    Column("reply", Json),  # the words, sealed
    Column("mediated_at", UtcDateTime),
    Column("mediation", Json),
    Column("result", String(20)),
    Column("result_words", Json),
    Column("ended_at", UtcDateTime),
    Column("by", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("status IN ('received', 'accepted', 'replied', 'mediation', 'ended')", name="status"),
    CheckConstraint("result IN ('upheld', 'partly', 'not_upheld', 'withdrawn', 'mediated', 'not_accepted')", name="result"),
    Index("ix_appeal_complaint_id_id", "complaint_id", "id"),
    Index(
        "ix_appeal_reply_due_at",
        "reply_due_at",
        "id",
        postgresql_where=text("ended_at IS NULL"),
        sqlite_where=text("ended_at IS NULL"),
    ),
)
