"""Teams and people, the queue's leases, account managers and blocked callers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, Json, UtcDateTime

revision = "0005"
down_revision = "0004"

PHASES = "phase IN ('care_only', 'opportunity', 'advisor')"
PRESENCES = "presence IN ('available', 'busy', 'after_call', 'break', 'offline')"


def upgrade() -> None:
    """Make the tables, and the columns that the queue and the intake read."""
    op.create_table(
        "team",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("title", Json, nullable=False),
        sa.Column("unit", sa.String(length=80), nullable=True),
        sa.Column("phase", sa.String(length=20), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(PHASES, name=op.f("ck_team_phase")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    op.create_table(
        "person",
        sa.Column("id", Id, nullable=False),
        sa.Column("skills", Json, nullable=False),
        sa.Column("languages", Json, nullable=False),
        sa.Column("helps", Json, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("deputy", sa.String(length=100), nullable=True),
        sa.Column("presence", sa.String(length=20), nullable=False),
        sa.Column("presence_since", UtcDateTime(), nullable=False),
        sa.Column("shift_until", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(PRESENCES, name=op.f("ck_person_presence")),
        sa.ForeignKeyConstraint(["id"], ["app_user.id"], name=op.f("fk_person_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "shift",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shift_forwards")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shift_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
        sa.UniqueConstraint("person_id", "starts_at", name=op.f("uq_shift_person_id")),
    )
    op.create_table(
        "queue_skip",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_skip")),
    )
    op.create_index("ix_queue_skip_person_id", "queue_skip", ["person_id", "complaint_id"])
    # Plain ADD COLUMN on both: a batch would copy the table, and on SQLite a column that may be NULL needs none.
    op.add_column("complaint", sa.Column("leased_by", Id, nullable=True))
    op.add_column("complaint", sa.Column("leased_at", UtcDateTime(), nullable=True))
    op.add_column("complaint", sa.Column("leased_until", UtcDateTime(), nullable=True))
    op.add_column("customer", sa.Column("account_manager", sa.String(length=100), nullable=True))
    op.add_column("customer", sa.Column("blocked", Json, nullable=True))
    op.create_index(
        "ix_complaint_open",
        "complaint",
        ["next_deadline", "id"],
        postgresql_where=sa.text("NOT final"),
        sqlite_where=sa.text("final = 0"),
    )
    leased = sa.text("leased_by IS NOT NULL")
    op.create_index("ix_complaint_leased_by", "complaint", ["leased_by"], postgresql_where=leased, sqlite_where=leased)


def downgrade() -> None:
    """Take it all away."""
    op.drop_index("ix_complaint_leased_by", table_name="complaint")
    op.drop_index("ix_complaint_open", table_name="complaint")
    for table, column in (
        ("customer", "blocked"),
        ("customer", "account_manager"),
        ("complaint", "leased_until"),
        ("complaint", "leased_at"),
        ("complaint", "leased_by"),
    ):
        op.drop_column(table, column)
    for table in ("queue_skip", "shift", "person", "team"):
        op.drop_table(table)
