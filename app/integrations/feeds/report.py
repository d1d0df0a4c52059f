"""What an import says of itself, while it runs and when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.integrations.feeds.problems import RowProblem
from app.integrations.feeds.runs import Run
from app.integrations.feeds.targets import Result
from app.texts import Lang


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows settled so far, of how many, and what became of them."""

    done: int
    total: int
    counts: Mapping[Result, int]


@dataclass(frozen=True, slots=True)
class Report:
    """The end of an import.

    `resumed_at`: rows that an earlier, killed part of the run had settled. `rejects`: the file with all refused rows,
    None when there is none. `unused`: columns of the file that the map does not read. `problems`: the first twenty,
    each with its row number.
    """

    run: Run
    file: str
    about: str
    dry_run: bool
    resumed_at: int
    rejects: Path | None
    unused: tuple[str, ...]
    problems: tuple[tuple[int, RowProblem], ...]

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """The report for an HTTP answer; the rejects file by its name alone."""
        return {
            "id": None if self.dry_run else str(self.run.id),
            "kind": self.run.kind,
            "file": self.file,
            "read_as": self.about,
            "dry_run": self.dry_run,
            "rows": self.run.total,
            "counts": dict(self.run.counts),
            "resumed_at": self.resumed_at,
            "rejects": self.rejects.name if self.rejects else None,
            "unused_columns": list(self.unused),
            "problems": [
                {"row": row, "field": p.field or None, "column": p.column, "code": p.code, "message": p.words.in_(lang)}
                for row, p in self.problems
            ],
        }
