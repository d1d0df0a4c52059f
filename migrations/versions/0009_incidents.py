"""Incidents, appeals, bulk work; repeats and the place of network complaints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, Json, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables and columns."""
    op.add_column("complaint", sa.Column("repeat_of", Id, nullable=True))
    op.add_column("complaint", sa.Column("incident_id", Id, nullable=True))
    op.add_column("complaint", sa.Column("incident", Json, nullable=True))
    op.add_column("complaint", sa.Column("place", sa.String(length=80), nullable=True))
    op.add_column("complaint", sa.Column("network", Json, nullable=True))
    there = sa.text("incident_id IS NOT NULL")
    op.create_index("ix_complaint_incident_id", "complaint", ["incident_id", "id"], postgresql_where=there, sqlite_where=there)
    op.create_table(
        "bulk",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("sealed_command", sa.LargeBinary(), nullable=False),
        sa.Column("filters", Json, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("by_id", Id, nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("on_behalf_of", sa.String(length=100), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("matched_at", UtcDateTime(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("why_stopped", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "status IN ('matching', 'previewed', 'running', 'stopping', 'stopped', 'done')", name=op.f("ck_bulk_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk")),
    )
    op.create_table(
        "bulk_item",
        sa.Column("id", Id, nullable=False),
        sa.Column("bulk_id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("reasons", Json, nullable=True),
        sa.Column("state", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'done', 'refused')", name=op.f("ck_bulk_item_status")),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk.id"], name=op.f("fk_bulk_item_bulk_id_bulk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_item")),
    )
    op.create_index("uq_bulk_item_bulk_id_complaint_id", "bulk_item", ["bulk_id", "complaint_id"], unique=True)
    op.create_index("ix_bulk_item_bulk_id_status_id", "bulk_item", ["bulk_id", "status", "id"])
    op.create_table(
        "incident",
        sa.Column("id", Id, nullable=False),
        sa.Column("title", Json, nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("cause", sa.String(length=81), nullable=False),
        sa.Column("areas", Json, nullable=False),
        sa.Column("products", Json, nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("repair_at", UtcDateTime(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("repaired_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'repaired', 'closed')", name=op.f("ck_incident_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index("ix_incident_status", "incident", ["status", "id"])
    op.create_table(
        "appeal",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("body", sa.String(length=60), nullable=False),
        sa.Column("reference", Json, nullable=True),
        sa.Column("ground", Json, nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("due", Json, nullable=False),
        sa.Column("reply_due_at", UtcDateTime(), nullable=True),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("replied_at", UtcDateTime(), nullable=True),
        sa.Column("replied_by", sa.String(length=40), nullable=True),
        sa.Column("reply", Json, nullable=True),
        sa.Column("mediated_at", UtcDateTime(), nullable=True),
        sa.Column("mediation", Json, nullable=True),
        sa.Column("result", sa.String(length=20), nullable=True),
        sa.Column("result_words", Json, nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('received', 'accepted', 'replied', 'mediation', 'ended')", name=op.f("ck_appeal_status")),
        sa.CheckConstraint(
            "result IN ('upheld', 'partly', 'not_upheld', 'withdrawn', 'mediated', 'not_accepted')", name=op.f("ck_appeal_result")
        ),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_appeal_complaint_id_complaint")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    op.create_index("ix_appeal_complaint_id_id", "appeal", ["complaint_id", "id"])
    going = sa.text("ended_at IS NULL")
    op.create_index("ix_appeal_reply_due_at", "appeal", ["reply_due_at", "id"], postgresql_where=going, sqlite_where=going)


def downgrade() -> None:
    """Take them away."""
    for table in ("appeal", "incident", "bulk_item", "bulk"):
        op.drop_table(table)
    op.drop_index("ix_complaint_incident_id", table_name="complaint")
    for name in ("repeat_of", "incident_id", "incident", "place", "network"):
        op.drop_column("complaint", name)
