"""Cells as text. What a spreadsheet knows about a cell beyond its text travels as a subclass of str."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

_EXACT = 10**15  # spreadsheets keep 15 digits of a number; beyond, an id has silently lost its end
_DANGEROUS = re.compile(r"'*[ \u3000\ufeff]*[=+\-@\t\r\n＝＋－＠]")
_SHORTENED = re.compile(r"[+-]?\d(\.\d+)?[Ee]\+?\d+")


class RealDate(str):
    """A cell that is a date or time in the spreadsheet itself, as ISO 8601: there is no format to ask for."""

    __slots__ = ()


class LossyNumber(str):
    """A number of more digits than the spreadsheet keeps: as an id or phone number it is damaged."""

    __slots__ = ()


def text_of(value: object) -> str:
    """The text of a spreadsheet cell: 12345.0 -> "12345", true -> "true", a date -> RealDate, "" for an empty one."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime | date | time):
        return RealDate(value.isoformat())
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return "" if value is None else str(value)


def _number(value: float) -> str:
    if abs(value) >= _EXACT:
        return LossyNumber(format(value, ".15g"))
    if value == int(value):
        return str(int(value))
    # 15 digits are what the spreadsheet shows and means; repr would show the noise of binary fractions.
    return format(value, ".15f").rstrip("0") if abs(value) < 1e-4 else format(value, ".15g")


def damaged(cell: str) -> bool:
    """Whether a spreadsheet has cut digits off what should be an id: 1.39E+10, or a number of more than 15 digits."""
    return isinstance(cell, LossyNumber) or _SHORTENED.fullmatch(cell.strip()) is not None


def neutral(cell: str) -> str:
    """`cell` so that no spreadsheet takes it for a formula: an apostrophe before = + - @, tab, CR and their kin."""
    return "'" + cell if _DANGEROUS.match(cell) else cell


def restored(cell: str) -> str:
    """What `neutral` was given."""
    return cell[1:] if cell.startswith("'") and _DANGEROUS.match(cell[1:]) else cell
