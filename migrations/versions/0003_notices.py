"""Notices to people inside the house."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, Json, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "notice",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("team", sa.String(length=80), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("complaint_id", Id, nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("read_by", Id, nullable=True),
        sa.CheckConstraint("user_id IS NOT NULL OR role IS NOT NULL OR team IS NOT NULL", name=op.f("ck_notice_to_somebody")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    for column in ("user_id", "role", "team"):
        unread = sa.text("read_at IS NULL")
        op.create_index(f"ix_notice_{column}", "notice", [column, "id"], postgresql_where=unread, sqlite_where=unread)
    op.create_index("ix_notice_complaint_id", "notice", ["complaint_id", "at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("notice")
