"""Rows out as CSV, XLSX or JSON lines: a stream of rows in, a stream of bytes out, at most a few hundred rows in memory."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from app.errors import Invalid, Reason
from app.integrations.feeds.cells import neutral
from app.texts import Lang, Words

Format = Literal["csv", "xlsx", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)
MEDIA: Mapping[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
CHUNK_ROWS = 200
_BOM = b"\xef\xbb\xbf"

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export: the name of its value in each record, and its title where people read it.

    `money` values are int fen and go out as decimal yuan.
    """

    name: str
    title: Words
    money: bool = False


def check_format(name: str) -> Format:
    """`name` as a format. Raises Invalid naming those that there are."""
    found = next((known for known in FORMATS if known == name), None)
    if found is None:
        raise Invalid(Reason("export_format", "format", {"known": ", ".join(FORMATS)}))
    return found


def export(
    rows: AsyncIterable[Record],
    columns: Sequence[Column],
    form: Format,
    *,
    lang: Lang = "en",
    folder: Path | None = None,
    bom: bool = True,
) -> AsyncIterator[bytes]:
    """The bytes of `rows` in `form`, as they come.

    CSV and XLSX have the titles in `lang` as header, and no cell that a spreadsheet would take for a formula; numbers
    stay numbers, times are ISO 8601. `bom`: mark the CSV as UTF-8, without which spreadsheets misread it. A workbook
    is put together in `folder` (the system's own when None), where nothing of it is left behind.
    """
    if form == "jsonl":
        return _lines(rows, columns)
    if form == "csv":
        return _csv(rows, columns, lang, bom=bom)
    from app.integrations.feeds.export_xlsx import workbook

    return workbook(rows, columns, lang, folder)


async def chunked(rows: AsyncIterable[Record], size: int = CHUNK_ROWS) -> AsyncIterator[list[Record]]:
    """`rows` in lists of `size`."""
    held: list[Record] = []
    async for row in rows:
        held.append(row)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held


def cell(value: Any, column: Column) -> str | int | float | Decimal | bool | None:
    """A value as a spreadsheet cell: lists joined, objects as JSON, formulas neutralised."""
    if column.money and isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value) / 100
    if value is None or isinstance(value, bool | int | float | Decimal):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return neutral("; ".join(value))
    if isinstance(value, Mapping | list | tuple):
        return neutral(orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode())
    return neutral(str(value))


async def _csv(rows: AsyncIterable[Record], columns: Sequence[Column], lang: Lang, *, bom: bool) -> AsyncIterator[bytes]:
    header = _csv_lines([[neutral(column.title.in_(lang)) for column in columns]])
    yield (_BOM if bom else b"") + header
    async for some in chunked(rows):
        yield _csv_lines([[_plain(cell(row.get(c.name), c)) for c in columns] for row in some])


def _csv_lines(rows: Sequence[Sequence[Any]]) -> bytes:
    out = StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    """CSV has no booleans; true and false are what the import reads again."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.2f}" if isinstance(value, Decimal) else value


async def _lines(rows: AsyncIterable[Record], columns: Sequence[Column]) -> AsyncIterator[bytes]:
    """A JSON object a line, by the columns' names, values as they are."""
    async for some in chunked(rows):
        yield b"".join(orjson.dumps(_named(row, columns), default=str, option=orjson.OPT_APPEND_NEWLINE) for row in some)
        await asyncio.sleep(0)  # others may go first between two chunks


def _named(row: Record, columns: Sequence[Column]) -> dict[str, Any]:
    return {c.name: _yuan(row.get(c.name)) if c.money else row.get(c.name) for c in columns}


def _yuan(value: Any) -> Any:
    return f"{Decimal(value) / 100:.2f}" if isinstance(value, int) and not isinstance(value, bool) else value
