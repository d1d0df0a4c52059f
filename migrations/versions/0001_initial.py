"""The tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql  # noqa: F401

from app.db.fulltext import Grams
from app.db.types import Id, Json, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create all tables and indexes; triggers, the full-text index and partitions come from app.db.guards."""
    op.create_table(
        "app_user",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("display", sa.String(length=100), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("team", sa.String(length=80), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("name", name=op.f("uq_app_user_name")),
    )
    op.create_table(
        "current_definition",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_current_definition")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_current_definition_kind_name")),
    )
    op.create_table(
        "data_key",
        sa.Column("id", Id, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("master_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("destroyed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
    )
    op.create_table(
        "definition",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition")),
        sa.UniqueConstraint("kind", "name", "version", name=op.f("uq_definition_kind_name_version")),
    )
    op.create_table(
        "event",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=True),
        sa.Column("customer_id", Id, nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", Id, nullable=True),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("on_behalf_of", sa.String(length=100), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("transition", sa.String(length=80), nullable=True),
        sa.Column("from_state", sa.String(length=80), nullable=True),
        sa.Column("to_state", sa.String(length=80), nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.Column("guards", Json, nullable=False),
        sa.Column("patch", Json, nullable=False),
        sa.Column("workflow", sa.String(length=60), nullable=True),
        sa.Column("workflow_version", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_event_actor_id_id", "event", ["actor_id", "id"], unique=False)
    op.create_index("ix_event_complaint_id_id", "event", ["complaint_id", "id"], unique=False)
    op.create_table(
        "event_pending",
        sa.Column("event_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_pending")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("map_sha256", sa.String(length=64), nullable=False),
        sa.Column("total_rows", sa.Integer(), nullable=True),
        sa.Column("done_rows", sa.Integer(), nullable=False),
        sa.Column("rejects_bytes", sa.BigInteger(), nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("started_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("status IN ('running', 'done')", name=op.f("ck_import_run_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index("ix_import_run_started_at", "import_run", ["started_at", "id"], unique=False)
    op.create_index(
        "uq_import_run_running",
        "import_run",
        ["kind", "file_sha256", "map_sha256"],
        unique=True,
        postgresql_where=sa.text("status = 'running'"),
        sqlite_where=sa.text("status = 'running'"),
    )
    op.create_table(
        "job",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("args", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", Id, nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("progress", Json, nullable=True),
        sa.Column("result", Json, nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'done', 'dead')", name=op.f("ck_job_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_due_at_waiting",
        "job",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
        sqlite_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "leaf",
        sa.Column("idx", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_leaf")),
        sa.UniqueConstraint("event_id", name=op.f("uq_leaf_event_id")),
    )
    op.create_table(
        "lease",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease")),
        sa.UniqueConstraint("name", name=op.f("uq_lease_name")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=True),
        sa.Column("customer_id", Id, nullable=True),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.CheckConstraint("status IN ('unsent', 'sent', 'dead')", name=op.f("ck_outbox_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_complaint_id_unsent",
        "outbox",
        ["complaint_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'unsent'"),
        sqlite_where=sa.text("status = 'unsent'"),
    )
    op.create_index(
        "ix_outbox_created_at_dead",
        "outbox",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'dead'"),
        sqlite_where=sa.text("status = 'dead'"),
    )
    op.create_index(
        "ix_outbox_due_at_unsent",
        "outbox",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'unsent'"),
        sqlite_where=sa.text("status = 'unsent'"),
    )
    op.create_table(
        "search_text",
        sa.Column("text_id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("trail", sa.LargeBinary(), nullable=False),
        sa.Column("grams", Grams(), nullable=False),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_search_text")),
    )
    op.create_index("ix_search_text_complaint_id", "search_text", ["complaint_id"], unique=False)
    op.create_index("ix_search_text_customer_id", "search_text", ["customer_id"], unique=False)
    if op.get_context().dialect.name == "postgresql":  # SQLite has FTS5 instead (app.db.fulltext)
        op.create_index("ix_search_text_grams", "search_text", ["grams"], unique=False, postgresql_using="gin")
    op.create_table(
        "stored_answer",
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", Json, nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", Id, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_stored_answer")),
    )
    op.create_index("ix_stored_answer_expires_at", "stored_answer", ["expires_at"], unique=False)
    op.create_table(
        "timer",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("trigger", sa.String(length=80), nullable=False),
        sa.Column("armed_by_seq", sa.Integer(), nullable=False),
        sa.Column("armed_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=200), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'done', 'superseded', 'refused', 'dead')", name=op.f("ck_timer_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
    )
    op.create_index("ix_timer_complaint_id", "timer", ["complaint_id"], unique=False)
    op.create_index(
        "ix_timer_due_at_waiting",
        "timer",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
        sqlite_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "worker",
        sa.Column("id", Id, nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_table(
        "customer",
        sa.Column("id", Id, nullable=False),
        sa.Column("key_id", Id, nullable=False),
        sa.Column("same_as", Id, nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("external_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("last4_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("segment", sa.String(length=40), nullable=True),
        sa.Column("plan", sa.String(length=80), nullable=True),
        sa.Column("place", sa.String(length=80), nullable=True),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("consents", Json, nullable=False),
        sa.Column("attributes", Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_customer_key_id_data_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("external_hash", name=op.f("uq_customer_external_hash")),
    )
    op.create_index("ix_customer_last4_hash", "customer", ["last4_hash"], unique=False)
    op.create_index("ix_customer_phone_hash", "customer", ["phone_hash"], unique=False)
    op.create_table(
        "text",
        sa.Column("id", Id, nullable=False),
        sa.Column("key_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_text_key_id_data_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text")),
    )
    op.create_index(op.f("ix_text_customer_id"), "text", ["customer_id"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_token_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
    op.create_index(op.f("ix_token_user_id"), "token", ["user_id"], unique=False)
    op.create_table(
        "complaint",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("external_ref", sa.String(length=120), nullable=True),
        sa.Column("workflow", sa.String(length=60), nullable=False),
        sa.Column("workflow_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("motives", Json, nullable=False),
        sa.Column("emotion", sa.Integer(), nullable=True),
        sa.Column("verification", sa.Integer(), nullable=False),
        sa.Column("text_id", Id, nullable=False),
        sa.Column("remedy_sought", Json, nullable=True),
        sa.Column("remedy", Json, nullable=True),
        sa.Column("recorded", Json, nullable=False),
        sa.Column("counters", Json, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("attempts", Json, nullable=False),
        sa.Column("callback_from", UtcDateTime(), nullable=True),
        sa.Column("callback_until", UtcDateTime(), nullable=True),
        sa.Column("armed", Json, nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("open_work_orders", sa.Integer(), nullable=False),
        sa.Column("open_promises", sa.Integer(), nullable=False),
        sa.Column("broken_promises", sa.Integer(), nullable=False),
        sa.Column("owner_id", Id, nullable=True),
        sa.Column("assignee_id", Id, nullable=True),
        sa.Column("team", sa.String(length=80), nullable=True),
        sa.Column("merged_into", Id, nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("last_contact_at", UtcDateTime(), nullable=True),
        sa.Column("state_since", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('working', 'waiting_customer', 'waiting_internal', 'resolved', 'final')", name=op.f("ck_complaint_kind")
        ),
        sa.CheckConstraint("emotion BETWEEN 1 AND 5", name=op.f("ck_complaint_emotion")),
        sa.CheckConstraint("open_work_orders >= 0 AND open_promises >= 0", name=op.f("ck_complaint_counts")),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_complaint_severity")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_complaint_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("number", name=op.f("uq_complaint_number")),
    )
    op.create_index(
        "ix_complaint_assignee_id",
        "complaint",
        ["assignee_id", "opened_at", "id"],
        unique=False,
        postgresql_where=sa.text("assignee_id IS NOT NULL"),
    )
    op.create_index("ix_complaint_customer_id_id", "complaint", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_complaint_due_at", "complaint", ["due_at", "id"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index("ix_complaint_opened_at_id", "complaint", ["opened_at", "id"], unique=False)
    op.create_index(
        "ix_complaint_owner_id",
        "complaint",
        ["owner_id", "opened_at", "id"],
        unique=False,
        postgresql_where=sa.text("owner_id IS NOT NULL"),
    )
    op.create_index("ix_complaint_state_opened_at_id", "complaint", ["state", "opened_at", "id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":  # a list in JSON has no use for an ordinary index
        op.create_index(
            "ix_complaint_tags",
            "complaint",
            ["tags"],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={"tags": "jsonb_path_ops"},
        )
    op.create_index(
        "ix_complaint_team", "complaint", ["team", "opened_at", "id"], unique=False, postgresql_where=sa.text("team IS NOT NULL")
    )
    op.create_index(
        "uq_complaint_source_external_ref",
        "complaint",
        ["source", "external_ref"],
        unique=True,
        postgresql_where=sa.text("external_ref IS NOT NULL"),
        sqlite_where=sa.text("external_ref IS NOT NULL"),
    )
    op.create_table(
        "consent",
        sa.Column("id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_consent_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_customer_id"), "consent", ["customer_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("verification", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("emotion_start", sa.Integer(), nullable=True),
        sa.Column("emotion_end", sa.Integer(), nullable=True),
        sa.Column("note", Json, nullable=True),
        sa.Column("by_id", Id, nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_contact_direction")),
        sa.CheckConstraint("verification BETWEEN 0 AND 3", name=op.f("ck_contact_verification")),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_contact_complaint_id_complaint")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_complaint_id_id", "contact", ["complaint_id", "id"], unique=False)
    op.create_table(
        "promise",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("text", Json, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("evidence", Json, nullable=True),
        sa.CheckConstraint("status IN ('open', 'kept', 'broken', 'withdrawn')", name=op.f("ck_promise_status")),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_promise_complaint_id_complaint")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    op.create_index("ix_promise_complaint_id_id", "promise", ["complaint_id", "id"], unique=False)
    op.create_index("ix_promise_status_due_at", "promise", ["status", "due_at"], unique=False)
    op.create_table(
        "work_order",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("request", Json, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("answer", Json, nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("fed_back_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "status IN ('received', 'assigned', 'in_progress', 'fed_back', 'told', 'cancelled')", name=op.f("ck_work_order_status")
        ),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_work_order_complaint_id_complaint")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order")),
    )
    op.create_index("ix_work_order_complaint_id_id", "work_order", ["complaint_id", "id"], unique=False)
    op.create_index("ix_work_order_status_department", "work_order", ["status", "department"], unique=False)


def downgrade() -> None:
    """Back to an empty database."""
    op.drop_index("ix_work_order_status_department", table_name="work_order")
    op.drop_index("ix_work_order_complaint_id_id", table_name="work_order")
    op.drop_table("work_order")
    op.drop_index("ix_promise_status_due_at", table_name="promise")
    op.drop_index("ix_promise_complaint_id_id", table_name="promise")
    op.drop_table("promise")
    op.drop_index("ix_contact_complaint_id_id", table_name="contact")
    op.drop_table("contact")
    op.drop_index(op.f("ix_consent_customer_id"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(
        "uq_complaint_source_external_ref",
        table_name="complaint",
        postgresql_where=sa.text("external_ref IS NOT NULL"),
        sqlite_where=sa.text("external_ref IS NOT NULL"),
    )
    op.drop_index("ix_complaint_team", table_name="complaint", postgresql_where=sa.text("team IS NOT NULL"))
    if op.get_bind().dialect.name == "postgresql":  # a list in JSON has no use for an ordinary index
        op.drop_index(
            "ix_complaint_tags", table_name="complaint", postgresql_using="gin", postgresql_ops={"tags": "jsonb_path_ops"}
        )
    op.drop_index("ix_complaint_state_opened_at_id", table_name="complaint")
    op.drop_index("ix_complaint_owner_id", table_name="complaint", postgresql_where=sa.text("owner_id IS NOT NULL"))
    op.drop_index("ix_complaint_opened_at_id", table_name="complaint")
    op.drop_index("ix_complaint_due_at", table_name="complaint", postgresql_where=sa.text("due_at IS NOT NULL"))
    op.drop_index("ix_complaint_customer_id_id", table_name="complaint")
    op.drop_index("ix_complaint_assignee_id", table_name="complaint", postgresql_where=sa.text("assignee_id IS NOT NULL"))
    op.drop_table("complaint")
    op.drop_index(op.f("ix_token_user_id"), table_name="token")
    op.drop_table("token")
    op.drop_index(op.f("ix_text_customer_id"), table_name="text")
    op.drop_table("text")
    op.drop_index("ix_customer_phone_hash", table_name="customer")
    op.drop_index("ix_customer_last4_hash", table_name="customer")
    op.drop_table("customer")
    op.drop_table("worker")
    op.drop_index(
        "ix_timer_due_at_waiting",
        table_name="timer",
        postgresql_where=sa.text("status = 'waiting'"),
        sqlite_where=sa.text("status = 'waiting'"),
    )
    op.drop_index("ix_timer_complaint_id", table_name="timer")
    op.drop_table("timer")
    op.drop_index("ix_stored_answer_expires_at", table_name="stored_answer")
    op.drop_table("stored_answer")
    if op.get_context().dialect.name == "postgresql":
        op.drop_index("ix_search_text_grams", table_name="search_text", postgresql_using="gin")
    op.drop_index("ix_search_text_customer_id", table_name="search_text")
    op.drop_index("ix_search_text_complaint_id", table_name="search_text")
    op.drop_table("search_text")
    op.drop_index(
        "ix_outbox_due_at_unsent",
        table_name="outbox",
        postgresql_where=sa.text("status = 'unsent'"),
        sqlite_where=sa.text("status = 'unsent'"),
    )
    op.drop_index(
        "ix_outbox_created_at_dead",
        table_name="outbox",
        postgresql_where=sa.text("status = 'dead'"),
        sqlite_where=sa.text("status = 'dead'"),
    )
    op.drop_index(
        "ix_outbox_complaint_id_unsent",
        table_name="outbox",
        postgresql_where=sa.text("status = 'unsent'"),
        sqlite_where=sa.text("status = 'unsent'"),
    )
    op.drop_table("outbox")
    op.drop_table("lease")
    op.drop_table("leaf")
    op.drop_index(
        "ix_job_due_at_waiting",
        table_name="job",
        postgresql_where=sa.text("status = 'waiting'"),
        sqlite_where=sa.text("status = 'waiting'"),
    )
    op.drop_table("job")
    op.drop_index(
        "uq_import_run_running",
        table_name="import_run",
        postgresql_where=sa.text("status = 'running'"),
        sqlite_where=sa.text("status = 'running'"),
    )
    op.drop_index("ix_import_run_started_at", table_name="import_run")
    op.drop_table("import_run")
    op.drop_table("event_pending")
    op.drop_index("ix_event_complaint_id_id", table_name="event")
    op.drop_index("ix_event_actor_id_id", table_name="event")
    op.drop_table("event")
    op.drop_table("definition")
    op.drop_table("data_key")
    op.drop_table("current_definition")
    op.drop_table("app_user")
