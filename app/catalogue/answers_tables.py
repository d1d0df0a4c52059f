"""Answers and briefings in versions, who has read and passed which, who says that one is wrong; good cases."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

article = Table(
    "article",
    metadata,
    Column("id", Id, primary_key=True),  # of the version; the article is `article_id`
    Column("article_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("status", String(20), nullable=False),  # expired is told by the clock
    Column("tags", Json, nullable=False),
    Column("product", String(80)),
    Column("title_zh", String(200), nullable=False),
    Column("title_en", String(200), nullable=False),
    Column("text_zh", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("owner", String(100), nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("questions", Json),  # of a briefing: [{question: {zh, en}, options: [{zh, en}], right: index}]
    Column("pass_percent", Integer),
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("published_by", String(100)),
    Column("published_at", UtcDateTime),
    Column("ended_by", String(100)),
    Column("ended_at", UtcDateTime),
    Column("ended_why", Text),
    Column("reminded_at", UtcDateTime),  # when the owner was told that it expires
    UniqueConstraint("article_id", "version"),
    CheckConstraint("kind IN ('answer', 'briefing')", name="kind"),
    CheckConstraint("status IN ('draft', 'published', 'replaced', 'withdrawn')", name="status"),
    CheckConstraint("kind = 'answer' OR (product IS NOT NULL AND questions IS NOT NULL)", name="briefing"),
    Index("ix_article_status_product", "status", "product"),
    Index("ix_article_owner", "owner", "expires_at"),
)

article_reading = Table(
    "article_reading",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version_id", Id, ForeignKey("article.id"), nullable=False),
    Column("user_id", Id, nullable=False),
    Column("user", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("version_id", "user_id"),
)

article_doubt = Table(
    "article_doubt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version_id", Id, ForeignKey("article.id"), nullable=False, index=True),
    Column("words", Text, nullable=False),  # what is wrong with it; names nobody
    Column("by_id", Id, nullable=False),
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

briefing_try = Table(
    "briefing_try",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version_id", Id, ForeignKey("article.id"), nullable=False),
    Column("user_id", Id, nullable=False),
    Column("user", String(100), nullable=False),
    Column("answers", Json, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_briefing_try_user_id", "user_id", "version_id"),
)

good_case = Table(
    "good_case",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("tags", Json, nullable=False),
    Column("title", Text, nullable=False),  # these four are anonymised: whoever reads them cannot tell whose case it was
    Column("situation", Text),
    Column("done", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("by_id", Id),
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("ended_by", String(100)),
    Column("ended_at", UtcDateTime),
    Column("ended_why", Text),
    Index("ix_good_case_complaint_id", "complaint_id"),
)

good_case_gram = Table(
    "good_case_gram",
    metadata,
    Column("gram", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", Id, ForeignKey("good_case.id"), primary_key=True),
)
"""The inverted index of the lessons, which are few: of their anonymised words alone."""
