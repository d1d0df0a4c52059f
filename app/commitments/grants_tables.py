"""What customers were granted, and the marks by which no two grants at once pass one limit."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, text

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

STATUSES = ("asked", "granted", "confirmed", "rejected", "refused", "expired", "withdrawn", "reversed")
"""Asked for approval; granted and on the way to billing; booked or rejected there; refused or not answered in time; taken back."""
COUNTED = ("asked", "granted", "confirmed")
"""What uses up limits and budgets. What is asked for does too: else it could be approved above them."""

grant = Table(
    "compensation_grant",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("kind", String(60), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("quantity", BigInteger),  # of the kind's unit, where it has one: gigabytes, days
    Column("due_fen", BigInteger, nullable=False),  # what of the amount the schedule gives
    Column("goodwill_fen", BigInteger, nullable=False),  # and what goes beyond it
    Column("position", String(10), nullable=False),  # at, above or below the schedule
    Column("schedule_row", String(60)),
    Column("cause", String(100)),  # the tag by which that row was found, else the complaint's first
    Column("severity", Integer, nullable=False),
    Column("segment", String(40)),
    Column("damage_fen", BigInteger),
    Column("reason", String(60)),
    Column("text", Json),
    Column("status", String(20), nullable=False),
    Column("team", String(80)),  # whose budget it counts in
    Column("by_id", Id, nullable=False),
    Column("by", String(100), nullable=False),
    Column("on_behalf_of", String(100)),
    Column("at", UtcDateTime, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("over", Json, nullable=False),  # why it needed approval: [{"code", "params"}]
    Column("approvers", Json, nullable=False),  # the roles that may approve it
    Column("expires_at", UtcDateTime),
    Column("decided_by", String(100)),
    Column("decided_on_behalf_of", String(100)),
    Column("decided_at", UtcDateTime),
    Column("decision_reason", String(60)),
    Column("decision_text", Json),
    Column("message_id", Id),  # to billing
    Column("reversal_id", Id),
    Column("billing", Json),  # what billing said: {"outcome", "reference", "at"}
    Column("reversal_billing", Json),
    Column("ended_at", UtcDateTime),
    Column("policy_version", Integer, nullable=False),
    CheckConstraint(f"status IN {STATUSES}", name="status"),
    CheckConstraint("position IN ('at', 'above', 'below')", name="position"),
    CheckConstraint("amount_fen > 0 AND due_fen >= 0 AND goodwill_fen >= 0 AND due_fen + goodwill_fen = amount_fen", name="parts"),
    Index("ix_compensation_grant_complaint_id_id", "complaint_id", "id"),
    Index("ix_compensation_grant_customer_id_at", "customer_id", "at"),
    Index("ix_compensation_grant_team_at", "team", "at"),
    Index("ix_compensation_grant_at_id", "at", "id"),
    Index(
        "ix_compensation_grant_expires_at_asked",
        "expires_at",
        "id",
        postgresql_where=text("status = 'asked'"),
        sqlite_where=text("status = 'asked'"),
    ),
)

tally = Table(
    "grant_tally",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(120), nullable=False, unique=True),  # customer:<id>, team:<name>
    Column("version", Integer, nullable=False),
)
"""One row for all grants of a customer, one for all of a team: whoever adds to them raises its version. It holds no sum."""
