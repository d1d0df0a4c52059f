"""Notices: what people inside the house have to know, one row each."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, String, Table, text

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

notice = Table(
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id),  # to one person, or to whoever holds the role, or to a team
    Column("role", String(40)),
    Column("team", String(80)),
    Column("kind", String(60), nullable=False),
    Column("complaint_id", Id),
    Column("data", Json, nullable=False),  # ids, names and times; nothing personal
    Column("at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Column("read_by", Id),
    CheckConstraint("user_id IS NOT NULL OR role IS NOT NULL OR team IS NOT NULL", name="to_somebody"),
    Index("ix_notice_user_id", "user_id", "id", postgresql_where=text("read_at IS NULL"), sqlite_where=text("read_at IS NULL")),
    Index("ix_notice_role", "role", "id", postgresql_where=text("read_at IS NULL"), sqlite_where=text("read_at IS NULL")),
    Index("ix_notice_team", "team", "id", postgresql_where=text("read_at IS NULL"), sqlite_where=text("read_at IS NULL")),
)
"""To a role and a team at once: to those of the team who hold the role."""
