"""Panels of customers who supervise and test: who is in one with his consent, what they were asked to test, what they say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint, text

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

VERDICTS: Final = ("fits", "does_not_fit", "remark")
"""What a member may say of what was tested; a remark alone is neither for nor against it."""

panel = Table(
    "panel",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("title", Json, nullable=False),  # {zh, en}
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

panel_member = Table(
    "panel_member",
    metadata,
    Column("id", Id, primary_key=True),
    Column("panel_id", Id, ForeignKey("panel.id"), nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("agreed_at", UtcDateTime, nullable=False),
    Column("evidence", Json, nullable=False),  # how the consent is known: {kind, reference}; no personal data
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
    Column("left_by", String(100)),
    Index(
        "uq_panel_member_panel_id_customer_id",
        "panel_id",
        "customer_id",
        unique=True,
        postgresql_where=text("left_at IS NULL"),
        sqlite_where=text("left_at IS NULL"),
    ),
    Index("ix_panel_member_customer_id", "customer_id"),
)

panel_trial = Table(
    "panel_trial",
    metadata,
    Column("id", Id, primary_key=True),
    Column("panel_id", Id, ForeignKey("panel.id"), nullable=False),
    Column("feedback_id", Id, ForeignKey("feedback_item.id")),
    Column("suggestion_id", Id, ForeignKey("suggestion.id")),
    Column("words", Text, nullable=False),  # what the members are asked to test; names nobody
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    CheckConstraint("(feedback_id IS NULL) <> (suggestion_id IS NULL)", name="of_one"),
    Index("ix_panel_trial_panel_id_id", "panel_id", "id"),
    Index("ix_panel_trial_feedback_id", "feedback_id"),
)

panel_verdict = Table(
    "panel_verdict",
    metadata,
    Column("id", Id, primary_key=True),
    Column("trial_id", Id, ForeignKey("panel_trial.id"), nullable=False),
    Column("member_id", Id, ForeignKey("panel_member.id"), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("sealed", LargeBinary),  # the remark, under the customer's key
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    CheckConstraint("verdict IN ('fits', 'does_not_fit', 'remark')", name="verdict"),
    UniqueConstraint("trial_id", "member_id"),
)


def counted(verdicts: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many said what."""
    counts = dict.fromkeys(VERDICTS, 0)
    for one in verdicts:
        counts[one["verdict"]] += 1
    return counts
