"""CSV files, read as a stream: one record at a time, each with the number of the line on which it starts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from app.integrations.feeds import delimiter as delimiters
from app.integrations.feeds.cells import restored
from app.integrations.feeds.encoding import ENCODINGS, look
from app.integrations.feeds.problems import FileRefused, refused, tell
from app.integrations.feeds.reader import MAX_CELL, MAX_ROWS, FileSpec, Row, names_of, stamp

MARKS = ("rejected_row", "rejected_field", "rejected_code", "rejected_reason")
"""The first columns of a rejects file."""
_SAMPLE_LINES = 400
_SHOWN = 5


class CsvSource:
    """A CSV file. Its bytes are read three times (look, check, import) and never held."""

    def __init__(self, path: Path, spec: FileSpec) -> None:
        self.path, self.name = path, path.name
        self._stamp = stamp(path)
        found = look(path, spec.encoding)
        self.sha256 = found.sha256
        self._codec = ENCODINGS[found.encoding]
        self._delimiter = spec.delimiter or self._sniff(spec)
        self._header_line, self.header = self._find_header(spec.header_row)
        self._ours = self.header[: len(MARKS)] == MARKS  # a rejects file, corrected and sent again
        self.about = f"CSV, {found.encoding}, “{delimiters.NAMES.get(self._delimiter, self._delimiter)}”"

    def changed(self) -> bool:
        """Whether the file was written to or replaced since it was opened."""
        return not self.path.exists() or stamp(self.path) != self._stamp

    def rows(self) -> Iterator[Row]:
        """All records below the header. Raises FileRefused where the borders between records are no longer certain."""
        width, count = len(self.header), 0
        for number, cells in self._records():
            if number <= self._header_line or not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MAX_ROWS:
                raise refused(self.name, "too_many_rows", limit=MAX_ROWS)
            yield _checked(number, [restored(cell) for cell in cells] if self._ours else cells, width)

    def _sniff(self, spec: FileSpec) -> str:
        with self.path.open("r", encoding=self._codec, newline="") as file:
            text = "".join(islice(file, (spec.header_row or 1) - 1, _SAMPLE_LINES))
        return delimiters.sniff(text, self.name)

    def _find_header(self, declared: int | None) -> tuple[int, tuple[str, ...]]:
        for number, cells in self._records():
            if (declared is None and any(cell.strip() for cell in cells)) or number == declared:
                return number, names_of(cells, self.name)
            if declared is not None and number > declared:
                break
        raise refused(self.name, "header_missing", row=declared or 1)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Line and cells of each record; strict, since a stray quote may swallow or cut the records after it."""
        with self.path.open("r", encoding=self._codec, newline="") as file:
            reader = csv.reader(file, delimiter=self._delimiter, strict=True)
            broken: list[int] = []
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    break
                except csv.Error as error:
                    if "unexpected end" in str(error):
                        raise refused(self.name, "quote_unclosed", line=line) from error
                    if "field larger" in str(error):
                        raise refused(self.name, "cell_too_long", line=line, limit=csv.field_size_limit()) from error
                    broken.append(line)
                    if len(broken) == _SHOWN:
                        break
                    continue
                if not broken:
                    yield line, cells
        if broken:
            shown = ", ".join(map(str, broken))
            raise FileRefused(("quote_stray", tell("quote_stray", lines=shown)), file=self.name)


def _checked(number: int, cells: list[str], width: int) -> Row:
    extra = any(cell.strip() for cell in cells[width:])
    kept = tuple(cells[:width]) if not extra else tuple(cells)
    if extra or len(cells) < width:
        code = "row_too_long" if extra else "row_too_short"
        return Row(number, kept, (code, tell(code, found=len(cells), wanted=width)))
    if any(len(cell) > MAX_CELL for cell in kept):
        return Row(number, kept, ("cell_too_long_here", tell("cell_too_long_here", limit=MAX_CELL)))
    return Row(number, kept)
