"""Clocks: what they go by, and the nearest deadline, by which lists are ordered now in place of the nearest timer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.types import Json, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; complaints from before tell by their other columns what clocks go by, until their next change."""
    op.add_column("complaint", sa.Column("marks", Json, nullable=True))
    op.add_column("complaint", sa.Column("next_deadline", UtcDateTime(), nullable=True))
    op.drop_index("ix_complaint_due_at", table_name="complaint")
    there = sa.text("next_deadline IS NOT NULL")
    op.create_index("ix_complaint_next_deadline", "complaint", ["next_deadline", "id"], postgresql_where=there)


def downgrade() -> None:
    """Take the columns away."""
    op.drop_index("ix_complaint_next_deadline", table_name="complaint")
    there = sa.text("due_at IS NOT NULL")
    op.create_index("ix_complaint_due_at", "complaint", ["due_at", "id"], postgresql_where=there)
    op.drop_column("complaint", "next_deadline")
    op.drop_column("complaint", "marks")
