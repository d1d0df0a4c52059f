"""Compensations granted, the marks that guard their limits, and how many of a complaint wait for approval."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, Json, UtcDateTime

revision = "0007"
down_revision = "0006"

STATUSES = "('asked', 'granted', 'confirmed', 'rejected', 'refused', 'expired', 'withdrawn', 'reversed')"


def upgrade() -> None:
    """Make the tables and the count on the complaint."""
    op.add_column("complaint", sa.Column("open_grants", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "compensation_grant",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("due_fen", sa.BigInteger(), nullable=False),
        sa.Column("goodwill_fen", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.String(length=10), nullable=False),
        sa.Column("schedule_row", sa.String(length=60), nullable=True),
        sa.Column("cause", sa.String(length=100), nullable=True),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("segment", sa.String(length=40), nullable=True),
        sa.Column("damage_fen", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("text", Json, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("team", sa.String(length=80), nullable=True),
        sa.Column("by_id", Id, nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("on_behalf_of", sa.String(length=100), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("over", Json, nullable=False),
        sa.Column("approvers", Json, nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_on_behalf_of", sa.String(length=100), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decision_reason", sa.String(length=60), nullable=True),
        sa.Column("decision_text", Json, nullable=True),
        sa.Column("message_id", Id, nullable=True),
        sa.Column("reversal_id", Id, nullable=True),
        sa.Column("billing", Json, nullable=True),
        sa.Column("reversal_billing", Json, nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"status IN {STATUSES}", name=op.f("ck_compensation_grant_status")),
        sa.CheckConstraint("position IN ('at', 'above', 'below')", name=op.f("ck_compensation_grant_position")),
        sa.CheckConstraint(
            "amount_fen > 0 AND due_fen >= 0 AND goodwill_fen >= 0 AND due_fen + goodwill_fen = amount_fen",
            name=op.f("ck_compensation_grant_parts"),
        ),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_compensation_grant_complaint_id_complaint")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compensation_grant")),
    )
    for columns in (("complaint_id", "id"), ("customer_id", "at"), ("team", "at"), ("at", "id")):
        op.create_index(f"ix_compensation_grant_{'_'.join(columns)}", "compensation_grant", list(columns))
    asked = sa.text("status = 'asked'")
    op.create_index(
        "ix_compensation_grant_expires_at_asked",
        "compensation_grant",
        ["expires_at", "id"],
        postgresql_where=asked,
        sqlite_where=asked,
    )
    op.create_table(
        "grant_tally",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_tally")),
        sa.UniqueConstraint("name", name=op.f("uq_grant_tally_name")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("grant_tally")
    op.drop_table("compensation_grant")
    op.drop_column("complaint", "open_grants")
