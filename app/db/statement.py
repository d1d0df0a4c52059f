"""Rows of a plan as ONE PostgreSQL statement: each table's rows travel as one JSON parameter.

The text depends only on *which* tables take part, never on how many rows or which columns, so that the server keeps
a handful of prepared plans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from app.db.engine import dumps

Row = Mapping[str, Any]
_PG = postgresql.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row of `table`; columns left out are NULL."""

    table: Table
    row: Row


@dataclass(frozen=True, slots=True)
class Update:
    """The row `row["id"]` of `table`, written whole (all columns); protected by the version of the plan's complaint."""

    table: Table
    row: Row


def by_table(inserts: Iterable[Insert]) -> dict[Table, list[Row]]:
    """The rows of each table, tables in the order in which they first appear."""
    grouped: dict[Table, list[Row]] = {}
    for insert in inserts:
        grouped.setdefault(insert.table, []).append(insert.row)
    return grouped


def record_type(table: Table) -> str:
    """The column list of `jsonb_to_recordset` for `table`."""
    return ", ".join(f'"{c.name}" {c.type.compile(dialect=_PG)}' for c in table.columns if c.computed is None)


def columns(table: Table) -> list[str]:
    """The quoted names of the columns that a row may set."""
    return [f'"{c.name}"' for c in table.columns if c.computed is None]


@cache
def insert_only(tables: tuple[Table, ...]) -> str:
    """INSERT into each of `tables`, all or nothing."""
    parts = [_insert(table, n, "") for n, table in enumerate(tables, 1)]
    return "WITH " + ",\n".join(parts) + "\nSELECT 1"


@cache
def guarded(head: Table, fixed: frozenset[str], tables: tuple[Table, ...], updates: tuple[Table, ...], locked: Table | None) -> str:
    """UPDATE `head` WHERE id and version are those expected, and everything else only if that matched.

    Parameters: $1 the head rows (each with "expected"), $2 the locked row's [{id, version}] when `locked` is given,
    then one list per table of `tables` and of `updates`. The locked row is share-locked, so that its version cannot
    move before this statement has committed. Answers the number of head rows written.
    """
    n = 1
    lock_from = lock_where = ""
    with_parts = []
    if locked is not None:
        n = 2
        with_parts.append(
            f'held AS (SELECT l.id FROM "{locked.name}" l JOIN jsonb_to_recordset($2::jsonb) AS w(id uuid, version integer)'
            " ON l.id = w.id AND l.version = w.version FOR SHARE OF l)"
        )
        lock_from, lock_where = ", held", f' AND held.id = "{head.name}".customer_id'
    setters = ", ".join(f"{c} = r.{c}" for c in columns(head) if c.strip('"') not in fixed)
    with_parts.append(
        f'head AS (UPDATE "{head.name}" SET {setters} FROM jsonb_to_recordset($1::jsonb) AS r({record_type(head)}, expected integer){lock_from}'
        f' WHERE "{head.name}".id = r.id AND "{head.name}".version = r.expected{lock_where} RETURNING "{head.name}".id)'
    )
    for table in tables:
        n += 1
        with_parts.append(_insert(table, n, " WHERE EXISTS (SELECT 1 FROM head)"))
    for table in updates:
        n += 1
        with_parts.append(
            f'u{n} AS (UPDATE "{table.name}" SET {", ".join(f"{c} = r.{c}" for c in columns(table) if c != chr(34) + "id" + chr(34))}'
            f' FROM jsonb_to_recordset(${n}::jsonb) AS r({record_type(table)}), head WHERE "{table.name}".id = r.id RETURNING 1)'
        )
    return "WITH " + ",\n".join(with_parts) + "\nSELECT count(*) FROM head"


def _insert(table: Table, n: int, where: str) -> str:
    names = ", ".join(columns(table))
    chosen = ", ".join(f"r.{c}" for c in columns(table))
    return (
        f'i{n} AS (INSERT INTO "{table.name}" ({names}) SELECT {chosen}'
        f" FROM jsonb_to_recordset(${n}::jsonb) AS r({record_type(table)}){where} RETURNING 1)"
    )


def parameter(rows: Sequence[Row]) -> str:
    """The JSON list of `rows`."""
    return dumps(rows)
