"""Imports of files: what has been taken in, so that a killed run goes on where it stood."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, String, Table, text

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

import_run = Table(
    "import_run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(40), nullable=False),  # the target: customers, complaints
    Column("file_sha256", String(64), nullable=False),
    Column("map_sha256", String(64), nullable=False),
    Column("total_rows", Integer),
    Column("done_rows", Integer, nullable=False),  # rows of the file that are settled, refused ones included
    Column("rejects_bytes", BigInteger, nullable=False),  # how much of the rejects file belongs to those rows
    Column("counts", Json, nullable=False),  # {"created", "updated", "unchanged", "rejected"}
    Column("status", String(20), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("started_by", String(100), nullable=False),
    CheckConstraint("status IN ('running', 'done')", name="status"),
    Index("ix_import_run_started_at", "started_at", "id"),
    # One unfinished run of the same file under the same map: it is the one to go on with.
    Index(
        "uq_import_run_running",
        "kind",
        "file_sha256",
        "map_sha256",
        unique=True,
        postgresql_where=text("status = 'running'"),
        sqlite_where=text("status = 'running'"),
    ),
)
