"""Sheets of XLSX workbooks as rows of text, with the row numbers that the spreadsheet shows."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.integrations.feeds.cells import text_of
from app.integrations.feeds.problems import meant, nearest, refused, tell
from app.integrations.feeds.reader import MAX_CELL, FileSpec, Row, names_of, stamp

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_MAX_UNPACKED = 1_000_000_000  # bytes; a sheet is held in memory while it is read
_MAX_RATIO = 200  # of unpacked to packed size: ordinary sheets stay below 30


class XlsxSource:
    """One sheet of a workbook. The only visible sheet with data is taken; of several, the map must name one."""

    def __init__(self, path: Path, spec: FileSpec) -> None:
        self.path, self.name = path, path.name
        self._stamp = stamp(path)
        _safe(path)
        with path.open("rb") as file:
            self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        self._sheet = _choose(_workbook(path), spec.sheet, path.name)
        self._header_row, self.header = self._find_header(spec.header_row)
        self.about = f"XLSX, {self._sheet.name}"

    def changed(self) -> bool:
        """Whether the file was written to or replaced since it was opened."""
        return not self.path.exists() or stamp(self.path) != self._stamp

    def rows(self) -> Iterator[Row]:
        """All rows below the header that hold any text."""
        width = len(self.header)
        for number, cells in self._all():
            if number <= self._header_row or not any(cell.strip() for cell in cells):
                continue
            if any(cell.strip() for cell in cells[width:]):
                yield Row(number, cells, ("row_too_long", tell("row_too_long", found=len(cells), wanted=width)))
            elif any(len(cell) > MAX_CELL for cell in cells):
                yield Row(number, cells[:width], ("cell_too_long_here", tell("cell_too_long_here", limit=MAX_CELL)))
            else:
                yield Row(number, cells[:width])

    def _find_header(self, declared: int | None) -> tuple[int, tuple[str, ...]]:
        for number, cells in self._all():
            if (declared is None and any(cell.strip() for cell in cells)) or number == declared:
                return number, names_of(cells, self.name)
        raise refused(self.name, "header_missing", row=declared or 1)

    def _all(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        for number, values in enumerate(self._sheet.iter_rows(), 1):
            yield number, tuple(text_of(value) for value in values)


def _safe(path: Path) -> None:
    """Refuse an archive that is broken, no workbook, or would unpack into more than a sheet can be."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error) as error:
        raise refused(path.name, "file_damaged") from error
    if not any(part.filename == "[Content_Types].xml" for part in parts):
        raise refused(path.name, "file_zip")
    unpacked = sum(part.file_size for part in parts)
    packed = max(1, path.stat().st_size)
    if unpacked > _MAX_UNPACKED or (unpacked > 50_000_000 and unpacked / packed > _MAX_RATIO):
        raise refused(path.name, "file_too_large", limit=_MAX_UNPACKED)


def _workbook(path: Path) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(path)
    except (CalamineError, OSError, ValueError) as error:
        raise refused(path.name, "file_damaged") from error


def _choose(book: CalamineWorkbook, wanted: str | None, file: str) -> CalamineSheet:
    from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum

    shown = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    try:
        if wanted is not None:
            if wanted not in book.sheet_names:
                raise refused(file, "sheet_unknown", sheet=wanted, sheets=", ".join(shown), meant=meant(nearest(wanted, shown)))
            return book.get_sheet_by_name(wanted)
        filled = [sheet for sheet in map(book.get_sheet_by_name, shown) if sheet.end is not None]
    except CalamineError as error:
        raise refused(file, "file_damaged") from error
    if not filled:
        raise refused(file, "file_empty")
    if len(filled) > 1:
        raise refused(file, "sheet_ambiguous", sheets=", ".join(sheet.name for sheet in filled))
    return filled[0]
