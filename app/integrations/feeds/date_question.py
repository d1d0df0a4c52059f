"""A date column whose format nobody declared: taken when it is ISO 8601 throughout, else asked about, never guessed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from app.integrations.feeds.cells import RealDate
from app.integrations.feeds.dates import DateFormat, compiled, iso
from app.integrations.feeds.problems import cut, tell
from app.texts import Words

_DAYS = (
    "YYYY/M/D", "YYYY-M-D", "YYYY.M.D", "YYYYMMDD", "YYYY年M月D日", "D/M/YYYY", "M/D/YYYY", "D.M.YYYY", "D-M-YYYY", "M-D-YYYY",
    "D/M/YY", "M/D/YY", "YY/M/D", "D-M-YY", "M-D-YY", "YY-M-D", "D.M.YY", "DD-MMM-YY", "D-MMM-YYYY", "D MMM YYYY", "MMM D, YYYY",
)  # fmt: skip
_TIMES = ("", " H:mm", " H:mm:ss", " h:mm A", " h:mm:ss A", "TH:mm:ss")
_LOOKED_AT = 400
_SHOWN = 3
_OFFERED = 4


@cache
def _known() -> tuple[DateFormat, ...]:
    return tuple(compiled(day + time) for time in _TIMES for day in _DAYS)


class DateColumn:
    """What one pass over the file learns about the values of a date field: text as cells are, without blanks."""

    def __init__(self) -> None:
        self.real = 0  # dates of the spreadsheet itself
        self.naive_time = False  # ISO with a time of day but without an offset
        self.bare_day = False  # ISO without a time of day
        self._other: dict[str, int] = {}  # the first distinct values that are not ISO, with their row
        self._others = 0

    def see(self, cell: str, row: int) -> None:
        """Take one value into account."""
        self.real += isinstance(cell, RealDate)
        moment = iso(cell)
        if moment is None:
            self._others += 1
            if len(self._other) < _LOOKED_AT:
                self._other.setdefault(cell.strip(), row)
        elif len(cell.strip()) == 10:
            self.bare_day = True
        elif moment.tzinfo is None:
            self.naive_time = True

    @property
    def iso_only(self) -> bool:
        """Whether every value is ISO 8601."""
        return not self._others

    @property
    def mixed(self) -> bool:
        """Whether some cells are dates and others text: the trace of a program that changed the dates it could read.

        It turns 03/04/2017 into a date by its own country's order and leaves 13/04/2017 as text, so that the dates
        are wrong in silence whatever format is declared.
        """
        return bool(self.real) and any(_plausible(f.read(v)) for v in self._other for f in _known())

    def question(self, column: str, *, personal: bool) -> Words:
        """What to ask: the column, examples, and the `format:` lines that may be meant.

        Values of a personal column are shown by their shape only (##/##/####).
        """
        shown = [f"{_shape(v) if personal else cut(v, 40)} ({row})" for v, row in list(self._other.items())[:_SHOWN]]
        lines = [_line(f, self._other, personal=personal) for f in self._candidates()]
        words = {"column": column, "examples": ", ".join(shown), "lines": "\n".join(lines)}
        return tell("date_question" if lines else "date_question_open", **words)

    def _candidates(self) -> list[DateFormat]:
        """The known formats that read most of the values looked at, at least half; at most four."""
        values = list(self._other)
        scores = [(sum(_plausible(f.read(v)) for v in values), f) for f in _known()]
        best = max((score for score, _ in scores), default=0)
        if best * 2 < len(values):
            return []
        return [f for score, f in scores if score == best][:_OFFERED]


def _plausible(moment: datetime | None) -> bool:
    return moment is not None and 1900 <= moment.year < 2200


def _line(form: DateFormat, values: Iterable[str], *, personal: bool) -> str:
    """A line to be pasted into the map, with what the first value would become under it."""
    example = next((v for v in values if _plausible(form.read(v))), "")
    moment = form.read(example)
    if personal or moment is None:
        return f"      format: {form.text}"
    return f"      format: {form.text}    # {cut(example, 40)} → {moment.isoformat(sep=' ') if form.timed else moment.date()}"


def _shape(value: str) -> str:
    return "".join("#" if c.isalnum() else c for c in cut(value, 40))
