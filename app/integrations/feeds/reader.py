"""A file as rows of text: CSV or XLSX by what it is, not by what it is called; bounded, and never guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.integrations.feeds.problems import refused
from app.texts import Words

MAX_COLUMNS = 500
MAX_CELL = 100_000
MAX_ROWS = 5_000_000
MAX_BYTES = 2_000_000_000
_XLSX = b"PK\x03\x04"
_OLD = {b"\xd0\xcf\x11\xe0": "file_old_excel", b"%PDF": "file_pdf", b"\x1f\x8b\x08": "file_gzip"}


@dataclass(frozen=True, slots=True)
class FileSpec:
    """What a map (or the caller) declares about the file; None is found out, or asked for.

    `header_row` is the number of the row with the column names, as the file counts: lines of a CSV, rows of a sheet.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A record of the file: its number as in the file (CSV: the line where it starts), its cells, what is wrong with it."""

    number: int
    cells: tuple[str, ...]
    problem: tuple[str, Words] | None = None


class Source(Protocol):
    """An opened file: its header and, as often as asked for, its rows in order."""

    name: str
    sha256: str
    header: tuple[str, ...]
    about: str  # how it was read: "CSV, utf-8, delimiter ,"

    def rows(self) -> Iterator[Row]:
        """All records below the header; records without any text are left out."""
        ...

    def changed(self) -> bool:
        """Whether the file on disk is no longer the one that was opened."""
        ...


def open_source(path: Path, spec: FileSpec | None = None) -> Source:
    """`path` as a source; reads all of it once. Raises FileRefused with what to declare or to do, FileNotFoundError."""
    spec = spec or FileSpec()
    size = path.stat().st_size
    if size == 0:
        raise refused(path.name, "file_empty")
    if size > MAX_BYTES:
        raise refused(path.name, "file_too_large", limit=MAX_BYTES)
    with path.open("rb") as file:
        start = file.read(4)
    for magic, code in _OLD.items():
        if start.startswith(magic):
            raise refused(path.name, code)
    if start == _XLSX:
        from app.integrations.feeds.xlsx_rows import XlsxSource

        return XlsxSource(path, spec)
    from app.integrations.feeds.csv_rows import CsvSource

    return CsvSource(path, spec)


def names_of(cells: Sequence[str], file: str) -> tuple[str, ...]:
    """The column names of a header: blanks around and repeated inside are taken out; trailing empty ones dropped."""
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise refused(file, "header_empty")
    if len(names) > MAX_COLUMNS:
        raise refused(file, "too_many_columns", limit=MAX_COLUMNS, found=len(names))
    return tuple(names)


def stamp(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written to or replaced: inode, size, time of the last change (ns)."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
