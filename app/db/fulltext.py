"""An inverted index of numbers ("grams"): GIN on PostgreSQL, FTS5 on SQLite, told apart here alone.

A row carries a list of 48-bit numbers in a column of type `Grams` and an opaque `trail` of bytes. What the numbers stand
for is the business of `complaints.search_tokens`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Select,
    Table,
    Text,
    bindparam,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeDecorator, TypeEngine


class Grams(TypeDecorator[list[int]]):
    """Distinct non-negative numbers below 2**48: BIGINT[] on PostgreSQL; on SQLite hexadecimal words, which FTS5 indexes."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, which has no arrays."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(BigInteger))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Numbers as words on SQLite."""
        if value is None or dialect.name != "sqlite":
            return value
        return _words(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> list[int] | None:
        """Numbers again: rows move from one database to the other."""
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]
        return [int(word, 16) for word in value.split()]


INSTALL: Final[dict[str, tuple[str, ...]]] = {
    "postgresql": (
        # What is compared while a list is walked stays in the row up to 8 kB; what only the index reads stands apart, and
        # nobody tries to compress it (hashes do not compress).
        "ALTER TABLE search_text ALTER COLUMN trail SET STORAGE MAIN",
        "ALTER TABLE search_text ALTER COLUMN grams SET STORAGE EXTERNAL",
        # Without statistics the planner takes every gram for a rare one and asks the GIN index, which is right: pages of
        # common ones never come here (`search_sql.find`). With them it chose to read the whole table. ANALYZE is cheaper, too.
        "ALTER TABLE search_text ALTER COLUMN grams SET STATISTICS 0",
        # New entries are put on a list, which is folded into the index by TIDY, or by the insert that finds it full: that
        # one waits. Measured: an insert 0.3 ms dearer with the list, 1.9 ms without; 4,000 texts on it, a search 10 ms dearer.
        "ALTER INDEX ix_search_text_grams SET (fastupdate = on, gin_pending_list_limit = 16384)",
    ),
    "sqlite": (
        # FTS5 needs small ascending integers as keys, and a plain rowid may change with VACUUM.
        "CREATE TABLE IF NOT EXISTS search_fts_slot (slot INTEGER PRIMARY KEY, text_id CHAR(32) NOT NULL UNIQUE)",
        """CREATE VIRTUAL TABLE IF NOT EXISTS search_fts
           USING fts5(grams, content='', detail='none', columnsize=0, tokenize='ascii')""",
        """CREATE TRIGGER IF NOT EXISTS search_fts_in AFTER INSERT ON search_text BEGIN
             INSERT INTO search_fts_slot (text_id) VALUES (NEW.text_id);
             INSERT INTO search_fts (rowid, grams) VALUES (last_insert_rowid(), NEW.grams);
           END""",
        # An index without content forgets a row only when it is told the words again.
        """CREATE TRIGGER IF NOT EXISTS search_fts_out AFTER DELETE ON search_text BEGIN
             INSERT INTO search_fts (search_fts, rowid, grams)
               SELECT 'delete', slot, OLD.grams FROM search_fts_slot WHERE text_id = OLD.text_id;
             DELETE FROM search_fts_slot WHERE text_id = OLD.text_id;
           END""",
    ),
}
"""Statements that may be run again at any time, after the table `search_text` is there."""

TIDY: Final[dict[str, str]] = {
    "postgresql": "SELECT gin_clean_pending_list('ix_search_text_grams'::regclass)",
    "sqlite": "INSERT INTO search_fts (search_fts, rank) VALUES ('merge', 500)",
}
"""Folds what inserts put off into the index: for the worker, every few seconds. Answers and locks nothing."""

OBJECTS: Final = frozenset({"search_fts", "search_fts_slot", "search_fts_in", "search_fts_out"})
"""The tables and triggers that INSTALL makes on SQLite, to be looked for at start."""


def candidates(
    dialect: str, rows: Table, columns: Sequence[ColumnElement[Any]], *, all_of: Sequence[int], any_of: Sequence[int] = ()
) -> Select[Any]:
    """`columns` of the rows that have all numbers of `all_of` and one of `any_of`, each where given; by the inverted index."""
    if dialect == "postgresql":
        query = select(*columns)
        query = query.where(rows.c.grams.op("@>")(_bound(all_of))) if all_of else query
        return query.where(rows.c.grams.op("&&")(_bound(any_of))) if any_of else query
    fts, slot = table("search_fts", column("rowid")), table("search_fts_slot", column("slot"), column("text_id"))
    parts = [f'"{word}"' for word in _words(all_of).split()]
    if any_of:
        parts.append("(" + " OR ".join(f'"{word}"' for word in _words(any_of).split()) + ")")
    wanted = " AND ".join(parts)
    found = fts.join(slot, slot.c.slot == fts.c.rowid).join(rows, rows.c.text_id == slot.c.text_id)
    return select(*columns).select_from(found).where(literal_column("search_fts").op("MATCH")(wanted))


def any_row_has(dialect: str, rows: Table, *, gram: int, piece: bytes | None) -> ColumnElement[bool]:
    """An aggregate: whether one of the rows has `piece` in its trail, or, without a piece, the number `gram`."""
    if dialect == "postgresql":
        one = rows.c.grams.op("@>")(_bound([gram])) if piece is None else has_piece(dialect, rows, piece)
        return func.bool_or(one)
    if piece is None:
        words = literal(" ", Text()).concat(type_coerce(rows.c.grams, Text())).concat(" ")
        return func.max(func.instr(words, f" {gram:x} ")) > 0
    return func.max(func.instr(rows.c.trail, piece)) > 0


def has_piece(dialect: str, rows: Table, piece: bytes) -> ColumnElement[bool]:
    """Whether the row's trail contains `piece`."""
    if dialect == "postgresql":
        return func.position(bindparam(None, piece, type_=rows.c.trail.type).op("IN")(rows.c.trail)) > 0
    return func.instr(rows.c.trail, piece) > 0


def _bound(numbers: Sequence[int]) -> ColumnElement[Any]:
    return bindparam(None, list(numbers), type_=Grams())


def _words(numbers: Sequence[int]) -> str:
    return " ".join([f"{number:x}" for number in numbers])
