"""Rows as a workbook, written to a temporary file row by row and then sent in pieces."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from app.integrations.feeds.cells import neutral
from app.integrations.feeds.export import Column, Record, cell, chunked
from app.texts import Lang

_ROWS = 1_048_575  # of a sheet, below its header
_CHARACTERS = 32_767  # of a cell
_PIECE = 1 << 18
_EXACT = 10**15  # beyond this (and for NaN) a spreadsheet would show another number
_PREFIX = "amends-export-"
_WIDEST = 60
_STALE = 86_400  # seconds; no export takes a day


async def workbook(rows: AsyncIterable[Record], columns: Sequence[Column], lang: Lang, folder: Path | None) -> AsyncIterator[bytes]:
    """The bytes of an XLSX file with `rows`; a second sheet is begun where one is full."""
    parts = await asyncio.to_thread(_room, folder)
    try:
        with tempfile.TemporaryFile(dir=parts) as file:
            book = _Book(file, parts, columns, lang)
            async for some in chunked(rows):
                await asyncio.to_thread(book.add, some)
            await asyncio.to_thread(book.close)
            file.seek(0)
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece
    finally:
        shutil.rmtree(parts, ignore_errors=True)


def _room(folder: Path | None) -> Path:
    """A folder of its own for one export, which only this process's user may read; those of killed ones are removed."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    parts = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
    now = parts.stat().st_mtime
    for other in parts.parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if now - other.stat().st_mtime > _STALE:
                shutil.rmtree(other, ignore_errors=True)
    return parts


class _Book:
    """The workbook under way; one call at a time."""

    def __init__(self, file: IO[bytes], parts: Path, columns: Sequence[Column], lang: Lang) -> None:
        import xlsxwriter

        options = {"constant_memory": True, "tmpdir": str(parts), "strings_to_formulas": False, "strings_to_urls": False}
        self._book: Any = xlsxwriter.Workbook(file, options)
        self._columns, self._lang = columns, lang
        self._bold = self._book.add_format({"bold": True})
        self._yuan = self._book.add_format({"num_format": "0.00"})
        self._sheet: Any = None
        self._row = _ROWS + 1

    def add(self, rows: Sequence[Record]) -> None:
        """Put `rows` down."""
        for row in rows:
            if self._row > _ROWS:
                self._new_sheet()
            for number, column in enumerate(self._columns):
                self._write(number, cell(row.get(column.name), column))
            self._row += 1

    def close(self) -> None:
        """Finish the file."""
        if self._sheet is None:
            self._new_sheet()
        self._book.close()

    def _new_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for number, column in enumerate(self._columns):
            title = column.title.in_(self._lang)
            self._sheet.set_column(number, number, min(_WIDEST, 2 * len(title) + 4))
            self._sheet.write_string(0, number, neutral(title), self._bold)
        self._row = 1

    def _write(self, number: int, value: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, number, value)
        elif isinstance(value, Decimal):
            self._sheet.write_number(self._row, number, float(value), self._yuan)
        elif isinstance(value, int | float) and abs(value) < _EXACT:
            self._sheet.write_number(self._row, number, value)
        else:
            text = str(value).encode("utf-8", "replace").decode()
            cut = text if len(text) <= _CHARACTERS else text[: _CHARACTERS - 1] + "…"
            self._sheet.write_string(self._row, number, cut)
