"""Dates under a declared format, written as people write it: YYYY-MM-DD, D/M/YYYY H:mm, YYYY年M月D日, DD-MMM-YY."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = "|".join(f"{m}[a-z]*" for m in MONTHS)
TOKENS: Mapping[str, str] = MappingProxyType(
    {
        "YYYY": r"(?P<year>\d{4})",
        "YY": r"(?P<short>\d{2})",  # 20YY
        "MMM": rf"(?P<named>(?:{_NAMES})\.?)",  # Apr, April
        "MM": r"(?P<month>\d{2})",
        "M": r"(?P<month>\d{1,2})",
        "DD": r"(?P<day>\d{2})",
        "D": r"(?P<day>\d{1,2})",
        "HH": r"(?P<hour>\d{2})",
        "H": r"(?P<hour>\d{1,2})",
        "hh": r"(?P<half>\d{2})",
        "h": r"(?P<half>\d{1,2})",
        "mm": r"(?P<minute>\d{2})",
        "ss": r"(?P<second>\d{2})(?:\.\d{1,9})?",
        "A": r"(?P<noon>am|pm|a\.m\.|p\.m\.|上午|下午)",
        "Z": r"(?P<offset>Z|[+-]\d{2}:?\d{2})",
    }
)
"""What a format is made of; everything else in it but letters (and T) stands for itself."""

_SPLIT = re.compile("|".join(sorted(TOKENS, key=len, reverse=True)) + r"|\s+|T|[^A-Za-z]")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)


class FormatError(ValueError):
    """`at` is where (from 0) the format stops to make sense; `need` a part that it lacks."""

    def __init__(self, at: int, need: str | None = None) -> None:
        super().__init__(f"not a date format, at {at}")
        self.at, self.need = at, need


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A compiled format: `timed` when it has an hour, `zoned` when it has an offset from UTC."""

    text: str
    pattern: re.Pattern[str] = field(compare=False, repr=False)
    timed: bool = False
    zoned: bool = False

    def read(self, value: str) -> datetime | None:
        """The moment `value` names (naive unless the format has Z), or None when it is not of this format."""
        found = self.pattern.fullmatch(value.strip())
        return None if found is None else _moment(found.groupdict())


@cache
def compiled(text: str) -> DateFormat:
    """The format `text`. Raises FormatError."""
    parts: list[str] = []
    seen: list[str] = []
    at = 0
    while at < len(text):
        found = _SPLIT.match(text, at)
        if found is None:
            raise FormatError(at)
        piece = found.group()
        if piece in TOKENS:
            if any(_group(piece) == _group(other) for other in seen):
                raise FormatError(at)
            seen.append(piece)
            parts.append(TOKENS[piece])
        else:
            parts.append(r"\s+" if piece.isspace() else re.escape(piece))
        at = found.end()
    groups = {_group(piece) for piece in seen}
    for need, example in (("year", "YYYY"), ("month", "MM"), ("day", "DD")):
        if need not in groups:
            raise FormatError(len(text), example)
    if ("minute" in groups or "noon" in groups) and "hour" not in groups:
        raise FormatError(len(text), "HH")
    if any(piece in {"hh", "h"} for piece in seen) != ("A" in seen):
        raise FormatError(len(text), "A" if "A" not in seen else "hh")
    return DateFormat(text, re.compile("".join(parts), re.ASCII | re.IGNORECASE), "hour" in groups, "offset" in groups)


def _group(token: str) -> str:
    name = TOKENS[token].split("<", 1)[1].split(">", 1)[0]
    return {"short": "year", "named": "month", "half": "hour"}.get(name, name)


def _moment(parts: Mapping[str, str | None]) -> datetime | None:
    number = {name: int(text) for name, text in parts.items() if text and text.isdigit()}
    year = number.get("year", 2000 + number.get("short", 0))
    named = parts.get("named")
    month = MONTHS.index(named[:3].lower()) + 1 if named else number["month"]
    hour = number.get("hour", 0)
    if "half" in number:
        noon = str(parts["noon"]).lower()
        if not 1 <= number["half"] <= 12:
            return None
        hour = number["half"] % 12 + (12 if noon.startswith("p") or noon == "下午" else 0)
    try:
        naive = datetime(year, month, number["day"], hour, number.get("minute", 0), number.get("second", 0))  # noqa: DTZ001
        offset = parts.get("offset")
        return naive if offset is None else naive.replace(tzinfo=_offset(offset))
    except ValueError:
        return None


def _offset(text: str) -> timezone:
    if text in {"Z", "z"}:
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes > 59:
        raise ValueError(text)
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def iso(value: str) -> datetime | None:
    """The moment of ISO 8601 text (extended form, year first), or None; naive when it names no offset."""
    text = value.strip()
    if not _ISO.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        return None


def has_time(value: str) -> bool:
    """Whether ISO text `value` names a time of day."""
    return len(value.strip()) > 10


def placed(moment: datetime, zone: ZoneInfo | None) -> datetime | str:
    """`moment` in UTC. A naive one is read in `zone`; the code of the problem where that has no one answer."""
    if moment.tzinfo is None:
        if zone is None:
            return "zone_needed"
        early, late = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if early.utcoffset() != late.utcoffset():
            # The hour that a change of clocks skips does not survive the way to UTC and back; the repeated one does.
            back = early.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
            return "time_twice" if back == moment else "time_skipped"
        moment = early
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return "date_invalid"


def clock_time(text: str) -> time | None:
    """HH:MM as a time of day, or None."""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text, re.ASCII)
    return time(int(found[1]), int(found[2])) if found else None
