"""Tables and statements of the comparators (a) and (b): one SELECT, one statement of three writes.

PostgreSQL: the write is ONE statement in autocommit; the two inserts select FROM the first
part, so that nothing is stored unless it matched. SQLite: the same three rows in turn inside
BEGIN IMMEDIATE. Durability is that of the product: PostgreSQL's own settings, and for SQLite
WAL with synchronous=FULL.
"""

from __future__ import annotations

import re
from typing import Literal

Dialect = Literal["postgresql", "sqlite"]

_DDL = """
CREATE TABLE customer (
    id {id} PRIMARY KEY, external_id text NOT NULL UNIQUE, name text NOT NULL, segment text NOT NULL
);
CREATE TABLE complaint (
    id {id} PRIMARY KEY, number text NOT NULL UNIQUE,
    customer_id {id} NOT NULL REFERENCES customer (id),
    state text NOT NULL, version integer NOT NULL, channel text NOT NULL,
    severity integer NOT NULL, text text NOT NULL,
    opened_at {at} NOT NULL, updated_at {at} NOT NULL
);
CREATE INDEX complaint_state ON complaint (state, updated_at);
CREATE INDEX complaint_customer ON complaint (customer_id);
CREATE TABLE event (
    id {id} PRIMARY KEY, complaint_id {id} NOT NULL REFERENCES complaint (id),
    seq integer NOT NULL, type text NOT NULL, actor text NOT NULL, at {at} NOT NULL,
    data {json} NOT NULL, UNIQUE (complaint_id, seq)
);
CREATE TABLE timer (
    id {id} PRIMARY KEY, complaint_id {id} NOT NULL REFERENCES complaint (id),
    name text NOT NULL, armed_by_seq integer NOT NULL, due_at {at} NOT NULL
);
CREATE INDEX timer_due ON timer (due_at);
"""

_TYPES: dict[Dialect, dict[str, str]] = {
    "postgresql": {"id": "uuid", "at": "timestamptz", "json": "jsonb"},
    "sqlite": {"id": "text", "at": "text", "json": "text"},
}


def ddl(dialect: Dialect) -> list[str]:
    """The CREATE statements, one by one."""
    return [s for s in _DDL.format(**_TYPES[dialect]).split(";") if s.strip()]


SEED = "INSERT INTO customer (id, external_id, name, segment) VALUES (:id, :external_id, :name, :segment)"

READ_CUSTOMER = "SELECT id, external_id, segment FROM customer WHERE id = :customer_id"

READ_COMPLAINT = """
SELECT c.id, c.number, c.state, c.version, c.channel, c.severity, c.opened_at,
       k.id AS customer_id, k.external_id, k.segment
FROM complaint c JOIN customer k ON k.id = c.customer_id WHERE c.id = :id
"""

_INSERT_COMPLAINT = """
INSERT INTO complaint
    (id, number, customer_id, state, version, channel, severity, text, opened_at, updated_at)
VALUES (:id, :number, :customer_id, :state, 1, :channel, :severity, :text, :at, :at)
"""

_UPDATE_COMPLAINT = """
UPDATE complaint SET state = :state, version = version + 1, updated_at = :at
WHERE id = :id AND version = :version
"""

OPEN_POSTGRESQL = f"""
WITH moved AS ({_INSERT_COMPLAINT} RETURNING id, version, opened_at AS at),
said AS (
    INSERT INTO event (id, complaint_id, seq, type, actor, at, data)
    SELECT CAST(:event_id AS uuid), id, version, 'opened', CAST(:actor AS text), at,
           CAST(:data AS jsonb) FROM moved
),
armed AS (
    INSERT INTO timer (id, complaint_id, name, armed_by_seq, due_at)
    SELECT CAST(:timer_id AS uuid), id, CAST(:timer AS text), version,
           CAST(:due_at AS timestamptz) FROM moved
)
SELECT id, version FROM moved
"""

MOVE_POSTGRESQL = f"""
WITH moved AS ({_UPDATE_COMPLAINT} RETURNING id, version, updated_at AS at),
said AS (
    INSERT INTO event (id, complaint_id, seq, type, actor, at, data)
    SELECT CAST(:event_id AS uuid), id, version, 'transitioned', CAST(:actor AS text), at,
           CAST(:data AS jsonb) FROM moved
),
armed AS (
    INSERT INTO timer (id, complaint_id, name, armed_by_seq, due_at)
    SELECT CAST(:timer_id AS uuid), id, CAST(:timer AS text), version,
           CAST(:due_at AS timestamptz) FROM moved
)
SELECT id, version FROM moved
"""

_EVENT = """
INSERT INTO event (id, complaint_id, seq, type, actor, at, data)
VALUES (:event_id, :id, :version + 1, '{type}', :actor, :at, :data)
"""

_TIMER = """
INSERT INTO timer (id, complaint_id, name, armed_by_seq, due_at)
VALUES (:timer_id, :id, :timer, :version + 1, :due_at)
"""

OPEN_SQLITE = (_INSERT_COMPLAINT, _EVENT.format(type="opened"), _TIMER)
MOVE_SQLITE = (_UPDATE_COMPLAINT, _EVENT.format(type="transitioned"), _TIMER)

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
)

COUNT_EVENTS = "SELECT count(*) FROM event"


def numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """`:name` parameters as asyncpg's `$1`, with the names in their order."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    return re.sub(r"(?<!:):(\w+)", number, sql), tuple(names)
