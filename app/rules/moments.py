"""Times and durations for SQL: every comparison is turned round until a bare column stands on one side.

`now - opened_at > days(3)` becomes `opened_at < …` with the time worked out beforehand. SQLite, which keeps times as text, can
do no arithmetic on them, and on PostgreSQL the column can use its index.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from app.rules.searchable import construct

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TURNED: Final = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_", "_==_": "_==_", "_!=_": "_!=_"}


class Turned(NamedTuple):
    """A comparison with a bare column on its left; on its right another column, or a datetime."""

    function: str
    column: Any
    other: Any


@dataclass(frozen=True, slots=True)
class Moment:
    """A time or a duration: columns (of whatever kind) added, columns taken away, and a fixed part; None if that is unknown.

    A time counts from the epoch, so that times and durations add up alike.
    """

    added: tuple[Any, ...]
    taken: tuple[Any, ...]
    fixed: timedelta | None


def fixed(value: object | None) -> Moment:
    """The datetime or timedelta `value`, the same for all rows."""
    if isinstance(value, datetime):
        return Moment((), (), value.astimezone(UTC) - _EPOCH)
    return Moment((), (), value if isinstance(value, timedelta) else None)


def moving(column: Any) -> Moment:
    """The time in `column`."""
    return Moment((column,), (), timedelta())


def add(one: Moment, other: Moment, sign: int) -> Moment:
    """`one` plus (`sign` 1) or minus (-1) `other`."""
    more, less = (other.added, other.taken) if sign > 0 else (other.taken, other.added)
    total = None if one.fixed is None or other.fixed is None else one.fixed + sign * other.fixed
    return Moment((*one.added, *more), (*one.taken, *less), total)


def compare(function: str, left: Moment, right: Moment) -> Turned | None:
    """`left <function> right`, turned round; None if it is unknown for all rows. Raises NotSearchable if no column can be bared."""
    difference = add(left, right, -1)
    if difference.fixed is None:
        return None
    match difference.added, difference.taken:
        case (column,), ():
            return Turned(function, column, _moment(-difference.fixed))
        case (), (column,):
            return Turned(_TURNED[function], column, _moment(difference.fixed))
        case (one,), (other,) if not difference.fixed and one is not other:
            return Turned(function, one, other)
        case _:
            raise construct(function.strip("_"), "time")


def _moment(since_epoch: timedelta) -> datetime:
    try:
        return _EPOCH + since_epoch
    except OverflowError as error:
        raise construct(str(since_epoch), "time") from error
