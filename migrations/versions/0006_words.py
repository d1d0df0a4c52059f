"""Promises with owner, clock and evidence; work orders with team, levels and returns; live consults."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, Json, UtcDateTime

revision = "0006"
down_revision = "0005"


def _promise() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("word", sa.String(length=10), nullable=False, server_default="result"),
        sa.Column("department", sa.String(length=80), nullable=True),
        sa.Column("owner_id", Id, nullable=True),
        sa.Column("team", sa.String(length=80), nullable=True),
        sa.Column("waived", Json, nullable=True),
        sa.Column("remind_at", UtcDateTime(), nullable=True),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.Column("likely_at", UtcDateTime(), nullable=True),
        sa.Column("broken_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("told_channel", sa.String(length=40), nullable=True),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
    )


def _work_order() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("kind", sa.String(length=60), nullable=True),
        sa.Column("team", sa.String(length=80), nullable=True),
        sa.Column("blocking", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("question", Json, nullable=True),
        sa.Column("asker_id", Id, nullable=True),
        sa.Column("assignee_id", Id, nullable=True),
        sa.Column("assigned_at", UtcDateTime(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("returned_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("levels", Json, nullable=True),
        sa.Column("level", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
    )


STATUS = {
    "promise": ("open", "kept", "kept_late", "broken", "withdrawn"),
    "work_order": ("received", "assigned", "in_progress", "returned", "fed_back", "told", "cancelled"),
}
BEFORE = {
    "promise": ("open", "kept", "broken", "withdrawn"),
    "work_order": ("received", "assigned", "in_progress", "fed_back", "told", "cancelled"),
}
WAITS = sa.text("next_at IS NOT NULL")


def upgrade() -> None:
    """Add columns and the table. Promises that are open fall due as ever: the worker looks at them when they do."""
    for table, columns in (("promise", _promise()), ("work_order", _work_order())):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.add_column(column)
            batch.drop_constraint(op.f(f"ck_{table}_status"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_status"), _one_of(STATUS[table]))
        op.create_index(f"ix_{table}_next_at", table, ["next_at"], postgresql_where=WAITS, sqlite_where=WAITS)
    op.create_index("ix_promise_due_at_id", "promise", ["due_at", "id"])
    op.create_index("ix_work_order_assignee_id", "work_order", ["assignee_id", "status"])
    op.add_column("complaint", sa.Column("blocking_work_orders", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE promise SET next_at = due_at WHERE status = 'open'")
    owner = "(SELECT owner_id FROM complaint WHERE complaint.id = promise.complaint_id)"
    op.execute(f"UPDATE promise SET owner_id = {owner}")  # noqa: S608 - no value from outside
    op.create_table(
        "consult",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.Column("otherwise", sa.String(length=60), nullable=False),
        sa.Column("question", Json, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("asker_id", Id, nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("answer", Json, nullable=True),
        sa.Column("answered_by", sa.String(length=100), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("promise_id", Id, nullable=True),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint(_one_of(("asked", "answered", "promised")), name=op.f("ck_consult_status")),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_consult_complaint_id_complaint")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consult")),
    )
    op.create_index("ix_consult_complaint_id_id", "consult", ["complaint_id", "id"])
    op.create_index("ix_consult_status_team", "consult", ["status", "team"])
    op.create_index("ix_consult_next_at", "consult", ["next_at"], postgresql_where=WAITS, sqlite_where=WAITS)


def downgrade() -> None:
    """Take it away again; what only the newer version knows is told as the nearest that the older one does."""
    op.drop_table("consult")
    op.execute("UPDATE promise SET status = 'kept' WHERE status = 'kept_late'")
    op.execute("UPDATE work_order SET status = 'received' WHERE status = 'returned'")
    op.drop_column("complaint", "blocking_work_orders")
    op.drop_index("ix_promise_due_at_id", "promise")
    op.drop_index("ix_work_order_assignee_id", "work_order")
    for table, columns in (("promise", _promise()), ("work_order", _work_order())):
        op.drop_index(f"ix_{table}_next_at", table)
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_status"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_status"), _one_of(BEFORE[table]))
            for column in columns:
                batch.drop_column(column.name)


def _one_of(values: tuple[str, ...]) -> str:
    return f"status IN ({', '.join(repr(value) for value in values)})"
