"""Time counted in stretches: an allowance of it, how much of it is used up, and when it will be.

A stretch is (from, to); `to` None: it goes on. Between stretches nothing counts. So a pause that lies in closed time changes
nothing, and there is no counter that could run wrong: everything is measured anew from the stretches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.calendars.definition import Calendar
from app.calendars.line import SECOND, micros, open_after, open_between
from app.calendars.span import Span
from app.calendars.time import add, is_open

_KEPT = 20_000
"""Allowances remembered by each calendar: a complaint asks for its own again at every look."""
Stretch = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Allowance:
    """An amount of time, in microseconds, that counts on `calendar`, or day and night where that is None.

    `at_opening`: used up at a closing it ends at the next opening, as "two working days" begun on a Saturday end on Wednesday
    morning and not on Tuesday evening. `start` and `due`: when it begins, and ends where nothing interrupts it.
    """

    calendar: Calendar | None
    amount: int
    at_opening: bool = False
    start: datetime | None = None
    due: datetime | None = None


def allowance(span: Span, calendar: Calendar, start: datetime) -> Allowance:
    """What `span` allows from `start` on.

    Working days become the open time from `start` to the same hour so many working days later; so they can be paused.
    """
    found: Allowance | None = calendar.allowances.get((span, start))
    if found is None:
        if len(calendar.allowances) >= _KEPT:
            calendar.allowances.clear()
        found = calendar.allowances[span, start] = _allowance(span, calendar, start)
    return found


def _allowance(span: Span, calendar: Calendar, start: datetime) -> Allowance:
    due = add(calendar, start, span)
    if not span.working:
        return Allowance(None, (span.days * 86_400 + span.seconds) * SECOND, start=start, due=due)
    if not span.days:
        return Allowance(calendar, span.seconds * SECOND, start=start, due=due)
    return Allowance(calendar, open_between(calendar, start, due), is_open(calendar, due), start, due)


def used(allowed: Allowance, stretches: Sequence[Stretch], at: datetime) -> int:
    """How many microseconds of the stretches count until `at`; never negative, never less at a later `at`."""
    return sum(length(allowed, start, at if end is None else min(end, at)) for start, end in stretches if start < at)


def length(allowed: Allowance, start: datetime, end: datetime) -> int:
    """How many microseconds count between two instants."""
    if allowed.calendar is None:
        return max(micros(end) - micros(start), 0)
    return open_between(allowed.calendar, start, end)


def runs_out(allowed: Allowance, stretches: Sequence[Stretch], amount: int | None = None) -> datetime | None:
    """When `amount` (all that is allowed) of the stretches is used up; None when they end before.

    Where it is used up exactly at the end of a stretch, it is not yet over: what ends in time has been in time.
    """
    if amount is None and len(stretches) == 1 and stretches[0] == (allowed.start, None):
        return allowed.due
    left = allowed.amount if amount is None else amount
    for start, end in stretches:
        if end is not None:
            counted = length(allowed, start, end)
            if counted <= left:
                left -= counted
                continue
        if allowed.calendar is None:
            return start.astimezone(UTC) + timedelta(microseconds=left)
        return open_after(allowed.calendar, start, left, at_opening=allowed.at_opening and amount is None)
    return None
