# ruff: noqa: S608 - names come from Table objects and never from outside; every value is a parameter
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

from app.db.json import dumps

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


@dataclass(frozen=True, slots=True)
class Guarded:
    """A row beside the head that must still be as it was `read`, in the columns `by`; then it becomes `row`, or goes (None).

    `read` None: it is new, and whoever makes a row of the same unique name meanwhile is first.
    """

    table: Table
    read: Row | None
    row: Row | None
    by: tuple[str, ...] = ("version",)


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
def guarded(
    head: Table,
    fixed: frozenset[str],
    tables: tuple[Table, ...],
    updates: tuple[Table, ...],
    locked: Table | None,
    *,
    beside: bool = False,
    watched: tuple[tuple[Table, tuple[str, ...]], ...] = (),
    removed: tuple[Table, ...] = (),
) -> str:
    """UPDATE `head` WHERE id and version are those expected, and everything else only if that matched.

    Parameters: $1 the head row (with "expected"), then the locked row's [{id, version}] when `locked` is given, and that of
    another row of `head` when there is one `beside`, then one list per table of `watched` (see `Guarded`), of `tables`, of
    `updates` and of `removed`. What is compared is locked, so that it cannot move before this statement has committed. Answers
    the number of head rows written.
    """
    name = head.name
    record = f"{record_type(head)}, expected integer"
    parts = [_held("held", locked, 2)] if locked is not None else []
    if beside:
        parts.append(_held("beside", head, len(parts) + 2))
    held = f', held WHERE held.id = "{name}".customer_id AND' if locked is not None else " WHERE"
    there = " EXISTS (SELECT 1 FROM beside) AND" if beside else ""
    for table, by in watched:
        n = len(parts) + 2
        parts.append(_watched(n, table, by))
        there += f" (SELECT count(*) FROM w{n}) = jsonb_array_length(${n}::jsonb) AND"
    parts.append(
        f'head AS (UPDATE "{name}" SET {_setters(head, fixed)} FROM jsonb_to_recordset($1::jsonb) AS r({record}){held}{there}'
        f' "{name}".id = r.id AND "{name}".version = r.expected RETURNING "{name}".id)'
    )
    n = len(parts)
    parts += [_insert(table, n + k, " WHERE EXISTS (SELECT 1 FROM head)") for k, table in enumerate(tables, 1)]
    n = len(parts)
    parts += [_update(table, n + k) for k, table in enumerate(updates, 1)]
    n = len(parts)
    parts += [_delete(table, n + k) for k, table in enumerate(removed, 1)]
    return "WITH " + ",\n".join(parts) + "\nSELECT count(*) FROM head"


def _held(name: str, locked: Table, n: int) -> str:
    return (
        f'{name} AS (SELECT l.id FROM "{locked.name}" l JOIN jsonb_to_recordset(${n}::jsonb) AS w(id uuid, version integer)'
        " ON l.id = w.id AND l.version = w.version FOR SHARE OF l)"
    )


def _watched(n: int, table: Table, by: tuple[str, ...]) -> str:
    """The rows that still are as they were read; locked in the order of their ids, so that two writes wait and do not clash."""
    same = "".join(f' AND l."{column}" IS NOT DISTINCT FROM w."{column}"' for column in by)
    return (
        f'w{n} AS (SELECT l.id FROM "{table.name}" l JOIN jsonb_to_recordset(${n}::jsonb) AS w({record_type(table)})'
        f" ON l.id = w.id{same} ORDER BY l.id FOR UPDATE OF l)"
    )


def _delete(table: Table, n: int) -> str:
    return (
        f'd{n} AS (DELETE FROM "{table.name}" USING jsonb_to_recordset(${n}::jsonb) AS r(id uuid), head'
        f' WHERE "{table.name}".id = r.id RETURNING 1)'
    )


def _setters(table: Table, fixed: frozenset[str]) -> str:
    return ", ".join(f"{column} = r.{column}" for column in columns(table) if column.strip('"') not in fixed)


def _update(table: Table, n: int) -> str:
    return (
        f'u{n} AS (UPDATE "{table.name}" SET {_setters(table, frozenset({"id"}))}'
        f" FROM jsonb_to_recordset(${n}::jsonb) AS r({record_type(table)}), head"
        f' WHERE "{table.name}".id = r.id RETURNING 1)'
    )


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
