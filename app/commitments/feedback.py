"""A cause fed back to whoever can remove it: the figures as they were, a due date, a decision with its reason and its day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text, text

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

DECISIONS: Final = ("fix", "stop_selling", "change_text", "no")
"""What the addressee may decide."""

feedback_item = Table(
    "feedback_item",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("cause", String(81), nullable=False),
    Column("product", String(80)),
    Column("words", Text, nullable=False),  # what is asked of the addressee; names nobody
    Column("figures", Json, nullable=False),  # as they were: {from, to, count, before, complaints}
    Column("examples", Json, nullable=False),  # ids of complaints
    Column("addressee", String(100)),
    Column("addressee_role", String(40)),
    Column("due_at", UtcDateTime, nullable=False),
    Column("reminded", Integer, nullable=False),  # how many of the policy's reminders were sent
    Column("status", String(20), nullable=False),
    Column("by_id", Id),
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("decision", String(20)),
    Column("reason", Text),
    Column("effective_at", UtcDateTime),
    Column("decided_by", String(100)),
    Column("decided_at", UtcDateTime),
    CheckConstraint("status IN ('open', 'decided')", name="status"),
    CheckConstraint("decision IN ('fix', 'stop_selling', 'change_text', 'no')", name="decision"),
    CheckConstraint("addressee IS NOT NULL OR addressee_role IS NOT NULL", name="addressed"),
    Index("ix_feedback_item_status_id", "status", "id"),
    Index("ix_feedback_item_due_at", "due_at", postgresql_where=text("status = 'open'"), sqlite_where=text("status = 'open'")),
)


def reminders_due(item: Mapping[str, Any], remind: tuple[timedelta, ...], now: datetime) -> int:
    """How many of the reminders have come due by `now`, those sent before included; only open items are reminded of."""
    if item["status"] != "open":
        return int(item["reminded"])
    return max(int(item["reminded"]), sum(1 for before in remind if now >= item["due_at"] - before))
