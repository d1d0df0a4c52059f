"""Clocks, calendars and histories for the tests, and a slow reading of a clock, minute by minute, that shares no line with the product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from app.calendars.definition import ALL_DAY, Calendar, Hours, Interval
from app.calendars.span import Span
from app.commitments.clock_marks import mark_of
from app.commitments.clock_policy import Actions, ClockRule, Level, Target, When
from app.commitments.clocks import Case
from app.texts import Words

MINUTE = timedelta(minutes=1)
START = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Beijing
NINE_TO_FIVE: Hours = (Interval(540, 720), Interval(780, 1020))


def calendar(
    zone: str = "Asia/Shanghai",
    week: Mapping[int, Hours] | None = None,
    exceptions: Mapping[date, Hours] | None = None,
    country: str | None = None,
    make_up: Hours = (),
) -> Calendar:
    """Nine to five with an hour of lunch, Monday to Friday, unless told otherwise."""
    hours = dict.fromkeys(range(5), NINE_TO_FIVE) if week is None else week
    days = tuple(hours.get(day, ()) for day in range(7))
    return Calendar(
        "office", Words("办公", "Office"), ZoneInfo(zone), (days[0], days[1], days[2], days[3], days[4], days[5], days[6]),
        country, make_up, MappingProxyType(dict(exceptions or {})),
    )  # fmt: skip


ALWAYS = Calendar("always", Words("全天", "Always"), ZoneInfo("Asia/Shanghai"), (ALL_DAY,) * 7)


def calendars(office: Calendar | None = None) -> dict[str, Calendar]:
    return {"office": office or calendar(), "always": ALWAYS}


def rule(*targets: Target, warns: Sequence[Level] = (), pauses: Sequence[str] = ("waiting_customer",), **when: When) -> ClockRule:
    """A clock from the opening to the solution that goes on after “not satisfied”."""
    events = {
        "starts": When(opened=True),
        "stops": When(means=frozenset({"solve"})),
        "resumes": When(means=frozenset({"not_satisfied"})),
        "restarts": When(),
        **when,
    }
    return ClockRule(
        "answer", Words("答复", "Answer"), events["starts"], events["stops"], events["resumes"], events["restarts"],
        frozenset(pauses), targets or (within(Span(working=True, days=2)),), tuple(warns), Level("breach", actions=Actions()),
    )  # fmt: skip


def within(span: Span, row: int = 1, calendar: str = "office", **more: Any) -> Target:
    return Target(row, span, "2 working_days", calendar, **more)


def case(*marks: tuple[datetime, str], **more: Any) -> Case:
    """A complaint with these marks."""
    told: dict[str, Any] = {"severity": 2, "tags": (), "channel": "phone", "team": None, "workflow": "complaint", "segment": None}
    return Case([mark_of(at, what) for at, what in marks], **{**told, **more})


# ------------------------------------------------------------------------------------------------------ the slow reading


def open_minutes(hours: Calendar | None, start: datetime, count: int) -> list[bool]:
    """Each minute from `start` on: whether the wall clock of the zone shows a time within the hours of its date."""
    if hours is None:
        return [True] * count
    found = []
    for number in range(count):
        wall = (start + number * MINUTE).astimezone(hours.zone)
        shown = wall.hour * 60 + wall.minute
        found.append(any(part.start <= shown < part.end for part in hours.hours(wall.date())))
    return found


def running_minutes(marks: Sequence[tuple[datetime, str]], start: datetime, count: int, pauses: Sequence[str]) -> list[bool]:
    """Each minute: whether the clock from the opening to the solution is running in it, and does not rest."""
    found: list[bool] = []
    running, kind = False, "working"
    for at, what in marks:
        found += [running and kind not in pauses] * ((at - start) // MINUTE - len(found))
        name, _, value = what.partition(":")
        if name in {"opened", "kind"}:
            kind = value
        if name == "opened" or what == "means:not_satisfied":
            running = True
        elif what == "means:solve":
            running = False
    return found + [running and kind not in pauses] * (count - len(found))


def slow_due(open_: Sequence[bool], running: Sequence[bool], minutes: int) -> int | None:
    """In which minute what is allowed is over; None when the clock rests for good before.

    What is used up in the very last minute before a rest has been in time: then it is over when counting goes on.
    """
    left, place = minutes, 0
    while left:
        if place == len(open_):
            return None
        left -= open_[place] and running[place]
        place += 1
    for later in range(place, len(open_)):
        if not running[later]:
            return next((n for n in range(later, len(open_)) if open_[n] and running[n]), None)
        if open_[later]:
            break
    return place
