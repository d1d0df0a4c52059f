"""What a migration tool forgets: append-only triggers, the full-text index, partitions by month.

One idempotent `install`, run after every migration; `missing` is asked at start and by /health/ready (a batch
migration on SQLite copies a table and silently drops its triggers).
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, text

from app.db import fulltext
from app.db.ids import first_id

APPEND_ONLY = ("event", "leaf", "definition", "consent")
"""Tables whose rows are never changed or removed by the app."""
PARTITIONED = ("event",)
MONTHS_AHEAD = 13


def install(conn: Connection, now: datetime) -> None:
    """Create every guard that is not there."""
    for statement in fulltext.INSTALL[conn.dialect.name]:
        conn.exec_driver_sql(statement)
    if conn.dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                conn.execute(
                    text(
                        f"CREATE TRIGGER IF NOT EXISTS guard_{table}_{verb.lower()} BEFORE {verb} ON {table} "
                        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                    )
                )
        return
    conn.execute(text(_REFUSE))
    for table in APPEND_ONLY:
        for level, verbs in (("row", "UPDATE OR DELETE"), ("statement", "TRUNCATE")):
            conn.execute(
                text(
                    f"CREATE OR REPLACE TRIGGER guard_{table}_{level} BEFORE {verbs} ON {table} "
                    f"FOR EACH {level.upper()} EXECUTE FUNCTION amends_append_only()"
                )
            )
    partitions(conn, now)
    for table in PARTITIONED:
        parts = conn.execute(
            text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(:t)"), {"t": table}
        )
        for part in parts.scalars().all():
            _not_emptied(conn, table, part)


def _not_emptied(conn: Connection, table: str, part: str) -> None:
    """A partition takes over its table's triggers for rows, but none for TRUNCATE."""
    conn.execute(
        text(
            f"CREATE OR REPLACE TRIGGER guard_{table}_statement BEFORE TRUNCATE ON {part} "
            "FOR EACH STATEMENT EXECUTE FUNCTION amends_append_only()"
        )
    )


def partitions(conn: Connection, now: datetime) -> None:
    """The months from this one on of every partitioned table, and a default so that no insert ever fails."""
    for table in PARTITIONED:
        year, month = now.year, now.month
        for _ in range(MONTHS_AHEAD):
            start = datetime(year, month, 1, tzinfo=UTC)
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
            name = f"{table}_{start:%Y%m}"
            if conn.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar() is not None:
                continue
            low, high = (str(first_id(d)) for d in (start, datetime(year, month, 1, tzinfo=UTC)))
            # A month that has rows in the default partition keeps them there: moving them is a maintenance job.
            taken = text(f"SELECT EXISTS (SELECT 1 FROM {table} WHERE id >= '{low}' AND id < '{high}')")  # noqa: S608
            if not conn.execute(taken).scalar():
                conn.execute(text(f"CREATE TABLE {name} PARTITION OF {table} FOR VALUES FROM ('{low}') TO ('{high}')"))
                _not_emptied(conn, table, name)
        conn.execute(text(f"CREATE TABLE IF NOT EXISTS {table}_other PARTITION OF {table} DEFAULT"))


def missing(conn: Connection) -> list[str]:
    """Names of the guards that should be there and are not."""
    if conn.dialect.name == "sqlite":
        wanted = {f"guard_{t}_{v}" for t in APPEND_ONLY for v in ("update", "delete")} | fulltext.OBJECTS
        found = set(conn.execute(text("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'table')")).scalars())
    else:
        wanted = {f"guard_{t}_{level}" for t in APPEND_ONLY for level in ("row", "statement")}
        # A partition has a copy of its table's triggers: one that is switched off there (D), or fires for replicas alone
        # (R), guards nothing.
        query = (
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'guard\\_%' GROUP BY tgname HAVING bool_and(tgenabled IN ('O', 'A'))"
        )
        found = set(conn.execute(text(query)).scalars())
    return sorted(wanted - found)


def durability(conn: Connection) -> list[str]:
    """PostgreSQL settings under which an acknowledged write could be lost, as `name=value`; empty when all is well."""
    if conn.dialect.name == "sqlite":
        return []
    found = {name: str(conn.execute(text(f"SHOW {name}")).scalar()) for name in ("synchronous_commit", "fsync", "full_page_writes")}
    return [f"{name}={value}" for name, value in found.items() if value == "off"]


_REFUSE = """
CREATE OR REPLACE FUNCTION amends_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$
"""
