"""Appeals (申诉): the bodies that they go to, with their dates, and how one may move. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from app.calendars.definition import Calendar
from app.calendars.time import add_working_days
from app.texts import Words
from app.workflow.reader import Reader
from app.workflow.reading import Names, number
from app.workflow.yaml_source import Node

STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "received": ("accepted", "replied", "mediation", "ended"),
    "accepted": ("replied", "mediation", "ended"),
    "replied": ("accepted", "replied", "mediation", "ended"),
    "mediation": ("replied", "ended"),
    "ended": (),
}
"""How an appeal may move."""
RESULTS: Final = ("upheld", "partly", "not_upheld", "withdrawn", "mediated", "not_accepted")
_UNITS: Final = ("working_days", "days")
Since = Literal["received", "accepted"]


@dataclass(frozen=True, slots=True)
class Date:
    """A date of an appeal: so many (working) days after it was received, or accepted by the body. `ours`: our reply is due then."""

    name: str
    title: Words
    amount: int
    working: bool
    since: Since
    calendar: str
    ours: bool


@dataclass(frozen=True, slots=True)
class Body:
    """Who decides on appeals."""

    name: str
    title: Words
    dates: tuple[Date, ...]


@dataclass(frozen=True, slots=True)
class AppealRules:
    """The bodies by name; what an appeal does to its complaint."""

    severity: int
    sensitive: bool
    bodies: Mapping[str, Body]


def read_appeals(reader: Reader, node: Node | None, names: Names) -> AppealRules | None:
    """The section `appeals`."""
    section = None if node is None else reader.section(node, required=("severity_at_least", "bodies"), optional=("sensitive",))
    if section is None:
        return None
    severity = number(section, "severity_at_least", 1, 4)
    bodies: dict[str, Body] = {}
    for named, inner in section.entries("bodies").items():
        told = reader.section(inner, required=("title", "dates"))
        title = told.words("title") if told is not None else None
        if told is None or title is None:
            continue
        dates = [_date(reader, each.text, entry, names) for each, entry in told.entries("dates").items()]
        bodies[named.text] = Body(named.text, title, tuple(date for date in dates if date is not None))
    return AppealRules(severity or 1, section.flag("sensitive"), bodies)


def _date(reader: Reader, name: str, node: Node, names: Names) -> Date | None:
    section = reader.section(node, required=("title",), optional=(*_UNITS, "since", "calendar", "ours"))
    title = section.words("title") if section is not None else None
    if section is None or title is None:
        return None
    units = [unit for unit in _UNITS if section.get(unit) is not None]
    if len(units) != 1:
        reader.problems.choose(section.mark, "one_of_these", _UNITS)
        return None
    amount = number(section, units[0], 1, 366) or 1
    since: Since = (
        "accepted"
        if section.get("since") and section.one_of("since", ("received", "accepted"), "unknown_policy_name") == "accepted"
        else "received"
    )
    calendar = section.one_of("calendar", names.calendars, "unknown_calendar") if section.get("calendar") is not None else "office"
    if calendar is None or calendar not in names.calendars:
        if section.get("calendar") is None:
            reader.problems.add(section.mark, "missing_key", name="calendar")
        return None
    return Date(name, title, amount, units[0] == "working_days", since, calendar, section.flag("ours"))


def dates_of(body: Body, since: Since, at: datetime, calendars: Mapping[str, Calendar]) -> dict[str, datetime]:
    """The dates that run from `at`, by name: working days on their calendar, other days run on."""
    return {
        date.name: add_working_days(calendars[date.calendar], at, date.amount)
        if date.working and date.calendar in calendars
        else at + timedelta(days=date.amount)
        for date in body.dates
        if date.since == since
    }


def reply_due(body: Body | None, due: Mapping[str, str]) -> datetime | None:
    """The nearest of the dates by which we have to reply."""
    ours = {date.name for date in body.dates if date.ours} if body is not None else set()
    return min((datetime.fromisoformat(at) for name, at in due.items() if name in ours), default=None)
