"""Times and durations in SQL: every comparison is turned round until a bare column stands on one side.

`now - opened_at > days(3)` becomes `opened_at < …` with the time worked out beforehand. SQLite, which keeps times as text, can
do no arithmetic on them, and on PostgreSQL the column can use its index.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, literal

from app.rules.problems import NotSearchable
from app.rules.sql_text import unknown
from app.texts import words

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OPERATORS: Final[Mapping[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    "_<_": operator.lt, "_<=_": operator.le, "_>_": operator.gt, "_>=_": operator.ge, "_==_": operator.eq, "_!=_": operator.ne,
}  # fmt: skip
_TURNED: Final = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_", "_==_": "_==_", "_!=_": "_!=_"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A time or a duration: columns added, columns taken away, and a fixed part; None if that is unknown.

    A time counts from the epoch, so that times and durations add up alike.
    """

    added: tuple[ColumnElement[Any], ...]
    taken: tuple[ColumnElement[Any], ...]
    fixed: timedelta | None


def fixed(value: object | None) -> Moment:
    """The datetime or timedelta `value`, the same for all rows."""
    if isinstance(value, datetime):
        return Moment((), (), value.astimezone(UTC) - _EPOCH)
    return Moment((), (), value if isinstance(value, timedelta) else None)


def moving(column: ColumnElement[Any]) -> Moment:
    """The time in `column`."""
    return Moment((column,), (), timedelta())


def add(one: Moment, other: Moment, sign: int) -> Moment:
    """`one` plus (`sign` 1) or minus (-1) `other`."""
    more, less = (other.added, other.taken) if sign > 0 else (other.taken, other.added)
    total = None if one.fixed is None or other.fixed is None else one.fixed + sign * other.fixed
    return Moment((*one.added, *more), (*one.taken, *less), total)


def compare(function: str, left: Moment, right: Moment) -> ColumnElement[bool]:
    """The condition `left <function> right`, with a column alone on its left; raises NotSearchable if there is no such."""
    difference = add(left, right, -1)
    if difference.fixed is None:
        return unknown()
    match difference.added, difference.taken:
        case (column,), ():
            return _OPERATORS[function](column, _moment(-difference.fixed, column))
        case (), (column,):
            return _OPERATORS[_TURNED[function]](column, _moment(difference.fixed, column))
        case (one,), (other,) if not difference.fixed and one is not other:
            return _OPERATORS[function](one, other)
        case _:
            raise NotSearchable("sql_construct", construct=function.strip("_"), advice=words("rules.sql_advice.time"))


def _moment(since_epoch: timedelta, column: ColumnElement[Any]) -> ColumnElement[Any]:
    try:
        return literal(_EPOCH + since_epoch, column.type)
    except OverflowError as error:
        raise NotSearchable("sql_construct", construct=str(since_epoch), advice=words("rules.sql_advice.time")) from error
