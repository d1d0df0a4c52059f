"""The rejects file: every refused row with its number, field and reason, and its own cells, ready to be mended and sent again."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from uuid import UUID

from app.integrations.feeds.cells import neutral
from app.integrations.feeds.csv_rows import MARKS
from app.integrations.feeds.problems import ImportRunning, RowProblem
from app.integrations.feeds.runs import Run
from app.texts import Lang

if sys.platform != "win32":
    import fcntl

_BOM = b"\xef\xbb\xbf"  # spreadsheets take CSV without it for the country's own encoding


def beside(file: Path) -> Path:
    """Where the rejects of `file` are written unless the caller says otherwise."""
    return file.with_name(file.name + ".rejects.csv")


def part_of(path: Path, run_id: UUID) -> Path:
    """Where the rejects of one run stand until it has ended: another run of the same file never writes among them."""
    return path.with_name(f"{path.name}.{run_id.hex[-12:]}.part")


def _only_mine(path: Path) -> IO[bytes]:
    """The file opened for this process alone. Raises ImportRunning when another process is at the same run."""
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        if sys.platform == "win32":
            return file  # there a file that is open cannot be removed by another
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise ImportRunning from error
        if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
            return file
        file.close()  # its former owner has just ended, and given it its final name


class Rejects:
    """A rejects file under way. It holds what the customers' file held, so only its owner may read it.

    `kept` bytes of an earlier part of the run are gone on with; what stands behind them was never recorded as done.
    At the end it takes the place of `path`; without any refused row neither is left.
    """

    def __init__(self, path: Path, run: Run, header: Sequence[str], lang: Lang, *, resumable: bool) -> None:
        self.path, self._part, self._lang, self._resumable = path, part_of(path, run.id), lang, resumable
        self._skip = len(MARKS) if tuple(header[: len(MARKS)]) == MARKS else 0
        self._columns = header[self._skip :]
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _only_mine(self._part)
        self.size = 0
        self.back_to(run.rejects_bytes)

    @staticmethod
    def there(path: Path, run: Run) -> bool:
        """Whether what an earlier part of `run` has listed is still there."""
        part = part_of(path, run.id)
        return run.rejects_bytes == 0 or (part.exists() and part.stat().st_size >= run.rejects_bytes)

    def add(self, number: int, cells: Sequence[str], problems: Sequence[RowProblem]) -> None:
        """Put one refused row down; a row with several problems stays one row."""
        if not self.size:
            self._write([*MARKS, *self._columns], _BOM)
        fields = [problem.column or problem.field for problem in problems]
        codes = [problem.code for problem in problems]
        reasons = [problem.words.in_(self._lang) for problem in problems]
        told = (str(number), "; ".join(filter(None, fields)), "; ".join(codes), " ".join(reasons))
        self._write([*told, *cells[self._skip :]])

    def flush(self) -> None:
        """Bring all rows to the disk; `size` may then be recorded with their batch."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def back_to(self, size: int) -> None:
        """Take back what was added after `size` bytes."""
        self._file.flush()
        self._file.truncate(size)
        self.size = self._file.seek(size)

    def _write(self, cells: Sequence[str], before: bytes = b"") -> None:
        line = StringIO(newline="")
        csv.writer(line).writerow([neutral(cell) for cell in cells])
        self.size += self._file.write(before + line.getvalue().encode("utf-8", "replace"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None and self.size:
            os.replace(self._part, self.path)  # noqa: PTH105 - before the close, which ends the lock
        elif kind is None:
            self.path.unlink(missing_ok=True)
        if not self.size or (kind is not None and not self._resumable):
            self._part.unlink(missing_ok=True)
        self._file.close()
