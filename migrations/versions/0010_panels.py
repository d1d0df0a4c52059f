"""Panels of customers who supervise and test."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, Json, UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "panel",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("title", Json, nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel")),
        sa.UniqueConstraint("name", name=op.f("uq_panel_name")),
    )
    op.create_table(
        "panel_member",
        sa.Column("id", Id, nullable=False),
        sa.Column("panel_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("agreed_at", UtcDateTime(), nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.Column("left_by", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(["panel_id"], ["panel.id"], name=op.f("fk_panel_member_panel_id_panel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_member")),
    )
    there = sa.text("left_at IS NULL")
    op.create_index(
        "uq_panel_member_panel_id_customer_id",
        "panel_member",
        ["panel_id", "customer_id"],
        unique=True,
        postgresql_where=there,
        sqlite_where=there,
    )
    op.create_index("ix_panel_member_customer_id", "panel_member", ["customer_id"])
    op.create_table(
        "panel_trial",
        sa.Column("id", Id, nullable=False),
        sa.Column("panel_id", Id, nullable=False),
        sa.Column("feedback_id", Id, nullable=True),
        sa.Column("suggestion_id", Id, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(feedback_id IS NULL) <> (suggestion_id IS NULL)", name=op.f("ck_panel_trial_of_one")),
        sa.ForeignKeyConstraint(["panel_id"], ["panel.id"], name=op.f("fk_panel_trial_panel_id_panel")),
        sa.ForeignKeyConstraint(["feedback_id"], ["feedback_item.id"], name=op.f("fk_panel_trial_feedback_id_feedback_item")),
        sa.ForeignKeyConstraint(["suggestion_id"], ["suggestion.id"], name=op.f("fk_panel_trial_suggestion_id_suggestion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_trial")),
    )
    op.create_index("ix_panel_trial_panel_id_id", "panel_trial", ["panel_id", "id"])
    op.create_index("ix_panel_trial_feedback_id", "panel_trial", ["feedback_id"])
    op.create_table(
        "panel_verdict",
        sa.Column("id", Id, nullable=False),
        sa.Column("trial_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("verdict IN ('fits', 'does_not_fit', 'remark')", name=op.f("ck_panel_verdict_verdict")),
        sa.ForeignKeyConstraint(["trial_id"], ["panel_trial.id"], name=op.f("fk_panel_verdict_trial_id_panel_trial")),
        sa.ForeignKeyConstraint(["member_id"], ["panel_member.id"], name=op.f("fk_panel_verdict_member_id_panel_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_verdict")),
        sa.UniqueConstraint("trial_id", "member_id", name=op.f("uq_panel_verdict_trial_id_member_id")),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("panel_verdict", "panel_trial", "panel_member", "panel"):
        op.drop_table(name)
