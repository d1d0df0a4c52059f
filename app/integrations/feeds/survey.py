"""One pass over the whole file before its first row is stored: is it sound, are its dates certain, which keys repeat?"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from hashlib import blake2b

from app.integrations.feeds.binding import Bound
from app.integrations.feeds.date_question import DateColumn
from app.integrations.feeds.mapping import FieldMap
from app.integrations.feeds.problems import FileRefused, RowProblem, tell
from app.integrations.feeds.reader import Source
from app.integrations.feeds.targets import MappedRow, Target
from app.texts import Words


@dataclass(frozen=True, slots=True)
class Survey:
    """What the pass found: how many rows there are, and the digests of the keys that occur more than once."""

    total: int
    repeated: frozenset[int]


def survey(source: Source, bound: Bound, target: Target) -> Survey:
    """Read all of `source`. Raises FileRefused with every question that the file leaves open."""
    dated = [(how, DateColumn()) for how in bound.map.fields if how.dated and how.table is None]
    keys = array("Q")  # eight bytes a row, so that a million rows cost no more than a photograph
    total = 0
    for row in source.rows():
        total += 1
        if row.problem is not None:
            continue
        for how, column in dated:
            text = bound.text(how, row.cells)
            if text.strip():
                column.see(text, row.number)
        key = bound.key(target.key, row.cells)
        if key is not None:
            keys.append(digest(key))
    open_questions = [found for how, column in dated if (found := _question(how, column)) is not None]
    if open_questions:
        raise FileRefused(*open_questions, file=source.name)
    return Survey(total, _repeated(keys))


def digest(value: object) -> int:
    """Eight bytes that stand for `value`; two values of a million agree by chance once in 30 million files."""
    return int.from_bytes(blake2b(repr(value).encode("utf-8", "replace"), digest_size=8).digest(), "big")


def _repeated(keys: array[int]) -> frozenset[int]:
    import numpy as np

    ordered = np.sort(np.frombuffer(keys, dtype=np.uint64)) if keys else np.empty(0, dtype=np.uint64)
    return frozenset(int(k) for k in ordered[1:][ordered[1:] == ordered[:-1]])


def _question(how: FieldMap, column: DateColumn) -> tuple[str, Words] | None:
    """What has to be declared before the dates of one field are certain."""
    name = how.column or how.field.name
    if column.mixed:
        return "dates_mixed", tell("dates_mixed", column=name)
    if how.format is not None:
        return None
    if not column.iso_only:
        return "date_format_needed", column.question(name, personal=how.field.personal)
    if how.field.type == "datetime" and column.bare_day and how.time is None:
        return "time_of_day_needed", tell("time_missing", name=how.field.name)
    if how.field.type == "datetime" and how.zone is None and (column.naive_time or column.bare_day):
        return "zone_needed", tell("zone_missing", name=how.field.name)
    return None


class Repeats:
    """Tells a row that says the same again from one that contradicts an earlier row with its key."""

    def __init__(self, repeated: frozenset[int], key: tuple[str, ...]) -> None:
        self._repeated, self._key = repeated, key
        self._first: dict[int, tuple[int, int]] = {}  # digest of the key -> number and digest of its first row

    def judge(self, row: MappedRow) -> RowProblem | bool:
        """False for a row of its own, True for an equal repetition, the problem of a contradiction."""
        key = digest(tuple(row.values.get(name) for name in self._key))
        if key not in self._repeated:
            return False
        content = digest((sorted(row.values.items()), sorted(row.attributes.items())))
        number, same = self._first.setdefault(key, (row.number, content))
        if number == row.number:
            return False
        if same == content:
            return True
        return RowProblem(self._key[-1], None, "key_contradicts", tell("key_contradicts", row=number))
