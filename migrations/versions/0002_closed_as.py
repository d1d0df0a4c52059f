"""How a complaint came to its end: what the step meant that closed it, so that no answer is never taken for a yes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; complaints that ended before tell it by their last step alone."""
    op.add_column("complaint", sa.Column("closed_as", sa.String(length=40), nullable=True))


def downgrade() -> None:
    """Take the column away."""
    op.drop_column("complaint", "closed_as")
