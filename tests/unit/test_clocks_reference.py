"""The clock against a slow reading, minute by minute, of thousands of random histories."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from operator import and_
from random import Random

import pytest

from app.calendars.definition import ALL_DAY, Calendar, Interval
from app.calendars.span import Span
from app.calendars.time import add
from app.commitments.clocks import Case, readings
from tests.sizes import size
from tests.unit.clock_builders import (
    ALWAYS,
    MINUTE,
    calendar,
    case,
    open_minutes,
    rule,
    running_minutes,
    slow_due,
    within,
)  # fmt: skip

DAYS = 24 * 60
WINDOW = 45 * DAYS
HISTORY = 9 * DAYS
SPLIT = (Interval(0, 90), Interval(120, 700), Interval(900, 1440))

PLACES: dict[str, tuple[Calendar, datetime]] = {
    "office": (calendar(), datetime(2026, 3, 1, tzinfo=UTC)),
    "spring festival, bridged days and make-up Saturdays": (
        calendar(country="CN", make_up=(Interval(540, 1020),)), datetime(2026, 2, 5, tzinfo=UTC),
    ),
    "year end": (calendar(country="CN", make_up=(Interval(540, 720),)), datetime(2025, 12, 20, tzinfo=UTC)),
    "clocks put forward": (calendar("America/New_York", dict.fromkeys(range(7), SPLIT)), datetime(2026, 3, 4, tzinfo=UTC)),
    "clocks put back": (calendar("Europe/Berlin", dict.fromkeys(range(7), SPLIT)), datetime(2026, 10, 19, tzinfo=UTC)),
    "clocks moved by half an hour": (calendar("Australia/Lord_Howe", {0: ALL_DAY, 6: ALL_DAY}), datetime(2026, 4, 1, tzinfo=UTC)),
    "leap day": (
        calendar(exceptions={date(2028, 2, 29): (Interval(600, 660),), date(2028, 3, 1): ()}), datetime(2028, 2, 22, tzinfo=UTC),
    ),
    "day and night": (ALWAYS, datetime(2026, 3, 1, tzinfo=UTC)),
}  # fmt: skip


@cache
def laid_out(place: str) -> list[bool]:
    hours, start = PLACES[place]
    return open_minutes(hours, start, WINDOW)


def history(random: Random, start: datetime) -> list[tuple[datetime, str]]:
    """An opening and what may follow it, at whole minutes; some at the same minute."""
    at = start + random.randint(0, 3 * DAYS) * MINUTE
    marks = [(at, "opened:working")]
    for _ in range(random.randint(0, 7)):
        at += random.choice((0, 1, random.randint(0, 300), random.randint(0, 2 * DAYS))) * MINUTE
        if at - start > HISTORY * MINUTE:
            break
        what = random.choice(("kind:waiting_customer", "kind:working", "kind:resolved", "means:solve", "means:not_satisfied"))
        marks.append((at, what))
    return marks


@pytest.mark.parametrize("place", PLACES)
def test_every_figure_is_that_of_the_slow_reading(place: str) -> None:
    hours, start = PLACES[place]
    random = Random(f"{place} 1")
    calendars = {"office": hours, "always": ALWAYS}
    for number in range(size("clock_histories") // len(PLACES)):
        marks = history(random, start)
        opened = marks[0][0]
        span = random.choice((
            Span(working=True, seconds=60 * random.randint(1, 1500)),
            Span(working=True, days=random.randint(1, 4)),
            Span(working=False, seconds=60 * random.randint(1, 6000)),
            Span(working=False, days=random.randint(1, 5)),
        ))  # fmt: skip
        open_ = laid_out(place) if span.working else [True] * WINDOW
        running = running_minutes(marks, start, WINDOW, ("waiting_customer",))
        first = (opened - start) // MINUTE
        if span.days and span.working:
            due = add(hours, opened, span)  # held against a slow reading of its own, in test_calendars_time
            minutes = sum(open_[first : (due - start) // MINUTE])
            if not laid_out(place)[(due - start) // MINUTE]:
                continue  # it ends with a day's work, not at the next opening
        else:
            minutes = (span.days * 86_400 + span.seconds) // 60
        clock = rule(within(span))
        at = opened + random.randint(0, 12 * DAYS) * MINUTE
        seen = one(clock, case(*[mark for mark in marks if mark[0] <= at]), calendars, at)
        until = (at - start) // MINUTE
        told = [mark for mark in marks if mark[0] <= at]
        known = running_minutes(told, start, WINDOW, ("waiting_customer",)) if len(told) < len(marks) else running
        elapsed = sum(map(and_, open_[first:until], known[first:until]))
        where = (place, number, marks, span, at)
        assert seen.elapsed == elapsed * 60_000_000, where
        over = slow_due(open_, known, minutes)
        expected = None if over is None else start + over * MINUTE
        if over is not None and span.working and span.days and not laid_out(place)[over]:
            # Working days that are used up at a closing are over at the next opening.
            expected = start + next(n for n in range(over, WINDOW) if laid_out(place)[n]) * MINUTE
        if seen.state in {"met", "late"}:
            assert (seen.state == "late") == (elapsed > minutes), where
            assert seen.breached_at == (expected if seen.state == "late" else None), where
        else:
            missed = expected is not None and expected <= at
            assert seen.due_at == expected, where
            assert (seen.state == "breached") == missed, where
            assert (seen.state == "paused") == (not known[until] and seen.state != "breached"), where


def one(clock, complaint: Case, calendars, at: datetime):
    (found,) = readings({"answer": clock}, complaint, calendars, at)
    return found
