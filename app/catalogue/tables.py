"""Definitions are immutable versioned rows; a pointer row names the current version of each."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

from app.db.metadata import metadata
from app.db.types import Id, UtcDateTime

definition = Table(
    "definition",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("name", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("published_by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("kind", "name", "version"),
)

current_definition = Table(
    "current_definition",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("name", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("kind", "name"),
)
