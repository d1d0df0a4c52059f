"""The people and their teams, when they are there, what each has passed on; notices of what they have to know."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

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
    Index("ix_notice_complaint_id", "complaint_id", "at"),  # the same, told to others in the same write
)
"""To a role and a team at once: to those of the team who hold the role."""

team = Table(
    "team",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),  # as it stands in complaint.team and app_user.team
    Column("title", Json, nullable=False),  # {"zh", "en"}
    Column("unit", String(80)),  # the organisation unit above it
    Column("phase", String(20), nullable=False),
    Column("capacity", Integer),  # complaints in hand of a member whose own capacity is not told
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    CheckConstraint("phase IN ('care_only', 'opportunity', 'advisor')", name="phase"),
)

person = Table(
    "person",
    metadata,
    Column("id", Id, ForeignKey("app_user.id"), primary_key=True),  # what a user is at work; names, roles and team stand there
    Column("skills", Json, nullable=False),  # [{"name", "level", "until": date or null}]
    Column("languages", Json, nullable=False),
    Column("helps", Json, nullable=False),  # further teams whose queue this person drains too
    Column("capacity", Integer),
    Column("deputy", String(100)),  # the user who stands in
    Column("presence", String(20), nullable=False),
    Column("presence_since", UtcDateTime, nullable=False),
    Column("shift_until", UtcDateTime),  # as of then nobody counts on this person, whatever `presence` says
    Column("version", Integer, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    CheckConstraint("presence IN ('available', 'busy', 'after_call', 'break', 'offline')", name="presence"),
)

shift = Table(
    "shift",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    UniqueConstraint("person_id", "starts_at"),
    CheckConstraint("ends_at > starts_at", name="forwards"),
)

queue_skip = Table(
    "queue_skip",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, nullable=False),
    Column("complaint_id", Id, nullable=False),
    Column("reason", String(60), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Index("ix_queue_skip_person_id", "person_id", "complaint_id"),
)
"""Complaints that a person passed on, and until when they do not come back to the same person."""
