"""Suggestions, confirmed causes, feedback to their owners, answers and briefings, good cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, Json, UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables; a complaint gets its confirmed cause."""
    op.add_column("complaint", sa.Column("cause", sa.String(length=81), nullable=True))
    op.create_table(
        "article",
        sa.Column("id", Id, nullable=False),
        sa.Column("article_id", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("product", sa.String(length=80), nullable=True),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("questions", Json, nullable=True),
        sa.Column("pass_percent", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("published_by", sa.String(length=100), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind = 'answer' OR (product IS NOT NULL AND questions IS NOT NULL)", name=op.f("ck_article_briefing")),
        sa.CheckConstraint("kind IN ('answer', 'briefing')", name=op.f("ck_article_kind")),
        sa.CheckConstraint("status IN ('draft', 'published', 'replaced', 'withdrawn')", name=op.f("ck_article_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.UniqueConstraint("article_id", "version", name=op.f("uq_article_article_id_version")),
    )
    op.create_index("ix_article_owner", "article", ["owner", "expires_at"], unique=False)
    op.create_index("ix_article_status_product", "article", ["status", "product"], unique=False)
    op.create_table(
        "feedback_item",
        sa.Column("id", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=81), nullable=False),
        sa.Column("product", sa.String(length=80), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("examples", Json, nullable=False),
        sa.Column("addressee", sa.String(length=100), nullable=True),
        sa.Column("addressee_role", sa.String(length=40), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("by_id", Id, nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("effective_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("decision IN ('fix', 'stop_selling', 'change_text', 'no')", name=op.f("ck_feedback_item_decision")),
        sa.CheckConstraint("status IN ('open', 'decided')", name=op.f("ck_feedback_item_status")),
        sa.CheckConstraint("addressee IS NOT NULL OR addressee_role IS NOT NULL", name=op.f("ck_feedback_item_addressed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_item")),
    )
    op.create_index(
        "ix_feedback_item_due_at",
        "feedback_item",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_feedback_item_status_id", "feedback_item", ["status", "id"], unique=False)
    op.create_table(
        "article_doubt",
        sa.Column("id", Id, nullable=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_id", Id, nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["article.id"], name=op.f("fk_article_doubt_version_id_article")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_doubt")),
    )
    op.create_index(op.f("ix_article_doubt_version_id"), "article_doubt", ["version_id"], unique=False)
    op.create_table(
        "article_reading",
        sa.Column("id", Id, nullable=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("user", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["article.id"], name=op.f("fk_article_reading_version_id_article")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_reading")),
        sa.UniqueConstraint("version_id", "user_id", name=op.f("uq_article_reading_version_id_user_id")),
    )
    op.create_table(
        "briefing_try",
        sa.Column("id", Id, nullable=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("user", sa.String(length=100), nullable=False),
        sa.Column("answers", Json, nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["article.id"], name=op.f("fk_briefing_try_version_id_article")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing_try")),
    )
    op.create_index("ix_briefing_try_user_id", "briefing_try", ["user_id", "version_id"], unique=False)
    op.create_table(
        "cause",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("tag", sa.String(length=81), nullable=False),
        sa.Column("product", sa.String(length=80), nullable=True),
        sa.Column("place", sa.String(length=80), nullable=True),
        sa.Column("segment", sa.String(length=40), nullable=True),
        sa.Column("plan", sa.String(length=80), nullable=True),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("by_id", Id, nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_cause_complaint_id_complaint")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cause")),
    )
    op.create_index("ix_cause_complaint_id_id", "cause", ["complaint_id", "id"], unique=False)
    op.create_index(
        "ix_cause_opened_at",
        "cause",
        ["opened_at", "tag"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "good_case",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("situation", sa.Text(), nullable=True),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by_id", Id, nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_by", sa.String(length=100), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_good_case_complaint_id_complaint")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_good_case")),
    )
    op.create_index("ix_good_case_complaint_id", "good_case", ["complaint_id"], unique=False)
    op.create_table(
        "suggestion",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", Id, nullable=True),
        sa.Column("customer_id", Id, nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("words", Json, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("tag", sa.String(length=81), nullable=True),
        sa.Column("product", sa.String(length=80), nullable=True),
        sa.Column("owner", sa.String(length=100), nullable=True),
        sa.Column("owner_role", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("by_id", Id, nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("answer", Json, nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", sa.String(length=100), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("told_how", sa.String(length=40), nullable=True),
        sa.Column("told_by", sa.String(length=100), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("source IN ('customer', 'handler', 'shop')", name=op.f("ck_suggestion_source")),
        sa.CheckConstraint("status IN ('open', 'answered', 'told')", name=op.f("ck_suggestion_status")),
        sa.CheckConstraint("owner IS NOT NULL OR owner_role IS NOT NULL", name=op.f("ck_suggestion_owned")),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_suggestion_complaint_id_complaint")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
    )
    op.create_index("ix_suggestion_complaint_id", "suggestion", ["complaint_id"], unique=False)
    op.create_index("ix_suggestion_customer_id", "suggestion", ["customer_id"], unique=False)
    op.create_index("ix_suggestion_status_id", "suggestion", ["status", "id"], unique=False)
    op.create_table(
        "good_case_gram",
        sa.Column("gram", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["good_case.id"], name=op.f("fk_good_case_gram_case_id_good_case")),
        sa.PrimaryKeyConstraint("gram", "case_id", name=op.f("pk_good_case_gram")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("good_case_gram")
    op.drop_table("suggestion")
    op.drop_table("good_case")
    op.drop_table("cause")
    op.drop_table("briefing_try")
    op.drop_table("article_reading")
    op.drop_table("article_doubt")
    op.drop_table("feedback_item")
    op.drop_table("article")
    op.drop_column("complaint", "cause")
