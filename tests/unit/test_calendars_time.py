"""Working time, told by examples and held against a slow reading of the wall clock, minute by minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.calendars.definition import ALL_DAY, DAY, Calendar, Hours, Interval
from app.calendars.line import NoOpenTime
from app.calendars.loader import load_calendars
from app.calendars.span import Span, parse
from app.calendars.time import (
    add,
    add_working_days,
    day_part,
    is_open,
    local_date,
    next_open,
    working_days_between,
    working_seconds_between,
)  # fmt: skip
from app.texts import Words
from tests.house.source import ROOT

MINUTE = timedelta(minutes=1)
SHIPPED = load_calendars((ROOT / "workflows" / "calendars.yaml").read_text("utf-8"))
OFFICE = SHIPPED["office"]


def calendar(zone: str = "Asia/Shanghai", week: dict[int, Hours] | None = None, exceptions: dict[date, Hours] | None = None,
             country: str | None = None, make_up: Hours = ()) -> Calendar:  # fmt: skip
    days = tuple((week or {}).get(day, ()) for day in range(7))
    return Calendar(
        "test", Words("测试", "test"), ZoneInfo(zone), (days[0], days[1], days[2], days[3], days[4], days[5], days[6]),
        country, make_up, MappingProxyType(exceptions or {}),
    )  # fmt: skip


def at(text: str, zone: str = "Asia/Shanghai", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


# ------------------------------------------------------------------------------------------------------------- examples


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        # on the same day, over lunch, over night, over the week-end
        ("2026-03-10 10:00", "1 working_hour", "2026-03-10 11:00"),
        ("2026-03-10 11:30", "1 working_hour", "2026-03-10 14:00"),
        ("2026-03-10 17:30", "1 working_hour", "2026-03-11 09:30"),
        ("2026-03-13 17:30", "4 working_hours", "2026-03-16 14:00"),
        ("2026-03-10 14:00", "4 working_hours", "2026-03-10 18:00"),
        ("2026-03-10 10:00", "2 working_days", "2026-03-12 10:00"),
        ("2026-03-12 10:00", "2 working_days", "2026-03-16 10:00"),
        # begun while closed: as if it had come at the next opening
        ("2026-03-10 12:30", "30 working_minutes", "2026-03-10 14:00"),
        ("2026-03-14 11:00", "2 working_days", "2026-03-18 09:00"),
        ("2026-03-10 20:00", "1 working_day", "2026-03-12 09:00"),
        ("2026-03-10 18:00", "1 working_day", "2026-03-12 09:00"),
        ("2026-03-10 07:00", "1 working_day", "2026-03-11 09:00"),
        # make-up Saturdays and Sundays are working days; bridged days are not
        ("2026-02-13 10:00", "1 working_day", "2026-02-14 10:00"),
        ("2026-02-14 10:00", "1 working_day", "2026-02-24 10:00"),
        ("2026-02-27 10:00", "1 working_day", "2026-02-28 10:00"),
        ("2026-01-01 10:00", "1 working_day", "2026-01-05 09:00"),
        ("2025-12-31 17:00", "2 working_hours", "2026-01-04 10:00"),
        ("2026-09-30 16:00", "1 working_day", "2026-10-08 16:00"),
        ("2026-10-09 16:00", "1 working_day", "2026-10-10 16:00"),
        # a leap day is a day like others
        ("2028-02-28 10:00", "1 working_day", "2028-02-29 10:00"),
        ("2028-02-28 10:00", "2 days", "2028-03-01 10:00"),
        # plain time runs on
        ("2026-02-14 10:00", "7 days", "2026-02-21 10:00"),
        ("2026-03-13 17:30", "4 hours", "2026-03-13 21:30"),
        ("2026-03-13 23:59", "90 minutes", "2026-03-14 01:29"),
        # nothing at all
        ("2026-03-10 10:00", "0 working_days", "2026-03-10 10:00"),
        ("2026-03-10 12:00", "0 working_days", "2026-03-10 13:30"),
        ("2026-03-10 12:00", "0 working_hours", "2026-03-10 13:30"),
        ("2026-03-10 12:00", "0 days", "2026-03-10 12:00"),
    ],
)  # fmt: skip
def test_due_on_the_office_calendar(start: str, span: str, due: str) -> None:
    found = add(OFFICE, at(start), parse(span))
    assert found == at(due)
    assert found.tzinfo is UTC


def test_a_shorter_day_ends_what_is_due_on_it() -> None:
    short = calendar(week=dict.fromkeys(range(5), (Interval(540, 1080),)), exceptions={date(2026, 12, 31): (Interval(540, 720),)})
    assert add_working_days(short, at("2026-12-30 16:00"), 1) == at("2026-12-31 12:00")
    assert add_working_days(short, at("2026-12-30 10:00"), 1) == at("2026-12-31 10:00")


def test_an_exception_goes_before_holidays_and_weekdays() -> None:
    own = calendar(week={0: ALL_DAY}, country="CN", make_up=ALL_DAY, exceptions={date(2026, 10, 5): ALL_DAY, date(2026, 2, 14): ()})
    assert own.hours(date(2026, 10, 5)) == ALL_DAY
    assert own.hours(date(2026, 2, 14)) == ()
    assert own.hours(date(2026, 2, 28)) == ALL_DAY
    assert own.hours(date(2026, 2, 16)) == ()


def test_the_service_serves_on_public_holidays_and_never_calls_at_night() -> None:
    service = SHIPPED["service"]
    assert is_open(service, at("2026-10-01 08:00"))
    assert not is_open(service, at("2026-10-01 22:00"))
    assert next_open(service, at("2026-10-01 23:10")) == at("2026-10-02 08:00")


def test_around_the_clock_is_never_closed() -> None:
    always = SHIPPED["always"]
    assert is_open(always, at("2026-02-17 03:00"))
    assert add(always, at("2026-02-17 03:00"), parse("3 working_days")) == at("2026-02-20 03:00")
    assert add(always, at("2026-02-17 23:30"), parse("30 working_hours")) == at("2026-02-19 05:30")


def test_opening_is_open_and_closing_is_not() -> None:
    assert is_open(OFFICE, at("2026-03-10 09:00"))
    assert not is_open(OFFICE, at("2026-03-10 12:00"))
    assert next_open(OFFICE, at("2026-03-10 12:00")) == at("2026-03-10 13:30")


def test_working_days_are_counted_with_both_ends() -> None:
    assert working_days_between(OFFICE, date(2026, 2, 9), date(2026, 2, 28)) == 6 + 4 + 1
    assert working_days_between(OFFICE, date(2026, 3, 10), date(2026, 3, 10)) == 1
    assert working_days_between(OFFICE, date(2026, 3, 14), date(2026, 3, 15)) == 0
    assert working_days_between(OFFICE, date(2026, 3, 10), date(2026, 3, 9)) == 0


@pytest.mark.parametrize(
    ("clock", "part"),
    [("05:59", "night"), ("06:00", "morning"), ("11:59", "morning"), ("12:00", "afternoon"), ("17:59", "afternoon"),
     ("18:00", "evening"), ("21:59", "evening"), ("22:00", "night"), ("00:00", "night")],
)  # fmt: skip
def test_day_parts(clock: str, part: str) -> None:
    assert day_part(OFFICE, at(f"2026-03-10 {clock}").astimezone(UTC)) == part


def test_dates_are_those_of_the_calendars_zone() -> None:
    assert local_date(OFFICE, datetime(2026, 3, 9, 16, 0, tzinfo=UTC)) == date(2026, 3, 10)


def test_a_deadline_keeps_its_time_by_the_wall_clock_when_the_clocks_change() -> None:
    berlin = calendar("Europe/Berlin", dict.fromkeys(range(7), (Interval(60, 1080),)))
    due = add_working_days(berlin, at("2026-03-28 10:00", "Europe/Berlin"), 1)
    assert due == at("2026-03-29 10:00", "Europe/Berlin")
    assert due - at("2026-03-28 10:00", "Europe/Berlin").astimezone(UTC) == timedelta(hours=23)
    # 02:30 is skipped on the 29th: due when the clock passes it
    assert add_working_days(berlin, at("2026-03-28 02:30", "Europe/Berlin"), 1) == at("2026-03-29 03:00", "Europe/Berlin")
    # 17 hours by the clock, 16 of them real
    assert (
        working_seconds_between(berlin, at("2026-03-29 00:00", "Europe/Berlin"), at("2026-03-30 00:00", "Europe/Berlin"))
        == 16 * 3600
    )


def test_an_hour_shown_twice_is_worked_twice() -> None:
    berlin = calendar("Europe/Berlin", dict.fromkeys(range(7), (Interval(60, 1080),)))
    start, end = at("2026-10-25 00:00", "Europe/Berlin"), at("2026-10-26 00:00", "Europe/Berlin")
    assert working_seconds_between(berlin, start, end) == 18 * 3600
    assert is_open(berlin, at("2026-10-25 02:10", "Europe/Berlin", fold=1))
    # who comes in the second showing is not due before who came in the first
    first = add_working_days(berlin, at("2026-10-25 02:50", "Europe/Berlin", fold=0), 1)
    second = add_working_days(berlin, at("2026-10-25 02:10", "Europe/Berlin", fold=1), 1)
    assert first == at("2026-10-26 02:50", "Europe/Berlin")
    assert second == at("2026-10-26 03:00", "Europe/Berlin")


def test_a_skipped_date_is_no_working_day() -> None:
    apia = calendar("Pacific/Apia", dict.fromkeys(range(7), (Interval(540, 1080),)))
    assert apia.openings(date(2011, 12, 30)) == ()
    assert add_working_days(apia, at("2011-12-29 10:00", "Pacific/Apia"), 1) == at("2011-12-31 10:00", "Pacific/Apia")


def test_a_calendar_that_closes_for_good_says_so() -> None:
    start = date(2026, 1, 1)
    shut = calendar(week={0: ALL_DAY}, exceptions={start + timedelta(days=n): () for n in range(5_000)})
    for span in (Span(working=True, seconds=60), Span(working=True, days=1)):
        with pytest.raises(NoOpenTime, match="test has no open time"):
            add(shut, at("2026-01-02 10:00"), span)


@pytest.mark.parametrize("text", ["", "2", "days", "2 weeks", "-2 days", "2.5 days", "two days", "2 day s", "999999 days"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="span"):
        parse(text)


def test_spans_as_people_write_them() -> None:
    assert parse("2 working_days") == Span(working=True, days=2)
    assert parse(" 1 working_hour ") == Span(working=True, seconds=3600)
    assert parse("7 days") == Span(working=False, days=7)
    with pytest.raises(ValueError, match="none of them negative"):
        Span(working=True, days=-1)


# ----------------------------------------------------------------------------------------- against the wall clock itself

ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Beirut",
    "Asia/Kathmandu",
)
MOMENTS = [
    datetime.fromisoformat(text + ":00+00:00")
    for text in (
        "2026-02-13T20:00", "2026-02-27T03:00", "2025-12-30T12:00", "2028-02-28T04:00", "2026-03-28T12:00", "2026-10-24T12:00",
        "2026-03-07T20:00", "2026-10-31T20:00", "2026-04-03T20:00", "2026-10-03T02:00", "2026-09-30T08:00",
    )
]  # fmt: skip
"""Shortly before make-up days, a year's end, a leap day, and the changes of the clocks in these zones."""


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    edges = sorted(draw(st.lists(st.integers(0, DAY // 10), min_size=2, max_size=6, unique=True)))
    pairs = list(pairwise(edges))[:: draw(st.sampled_from((1, 2)))]  # stretches that touch, or with gaps between
    return tuple(Interval(start * 10, end * 10) for start, end in pairs)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    week = draw(st.dictionaries(st.integers(0, 6), st.one_of(hours(), st.just(ALL_DAY)), min_size=2, max_size=7))
    zone = draw(st.sampled_from(ZONES))
    days = st.integers(0, 6).map(lambda n: draw(st.sampled_from(MOMENTS)).date() + timedelta(days=n))
    exceptions = draw(st.dictionaries(days, st.one_of(hours(), st.just(())), max_size=3))
    country = draw(st.sampled_from((None, None, "CN")))
    return calendar(zone, week, exceptions, country, draw(hours()) if country else ())


def starts() -> st.SearchStrategy[datetime]:
    return st.builds(lambda moment, minutes: moment + minutes * MINUTE, st.sampled_from(MOMENTS), st.integers(0, 3 * DAY))


def wall_clock(own: Calendar, start: datetime) -> Iterator[tuple[datetime, datetime, date, bool]]:
    """Each minute from `start` on: the instant, the latest wall time by its end, the day it belongs to, whether it is open.

    The latest that the clock has shown never goes back: that is how an hour shown twice belongs to the stretch that holds it.
    """
    now = start - timedelta(hours=30)
    latest = now.astimezone(own.zone).replace(tzinfo=None)
    while True:
        shown = now.astimezone(own.zone).replace(tzinfo=None)
        latest = max(latest, shown)
        minute = latest.hour * 60 + latest.minute
        if now >= start:
            worked = any(part.start <= minute < part.end for part in own.hours(latest.date()))
            yield now, latest if shown == latest else latest + MINUTE, latest.date(), worked
        now += MINUTE


def slow_seconds(own: Calendar, start: datetime, minutes: int) -> datetime:
    for now, _, _, worked in wall_clock(own, start):
        minutes -= worked
        if not minutes:
            return now + MINUTE
    raise AssertionError


def slow_days(own: Calendar, start: datetime, days: int) -> datetime:
    """The same wall time on the `days`-th day with open minutes after the first open minute; inside that day's open time."""
    minutes = wall_clock(own, start)
    wanted, first = next((latest, today) for _, latest, today, worked in minutes if worked)
    day, last = first, None
    for now, latest, today, worked in minutes:
        if last is not None and today > day and days == 0:
            return last  # the day is over and was not open again
        if not worked or today <= first:
            continue
        if today > day:
            day, days = today, days - 1
        if days == 0:
            if latest.time() >= wanted.time():
                return now
            last = now + MINUTE
    raise AssertionError


@given(own=calendars(), start=starts(), minutes=st.integers(1, 2_000))
def test_working_time_is_what_the_wall_clock_shows(own: Calendar, start: datetime, minutes: int) -> None:
    due = add(own, start, Span(working=True, seconds=minutes * 60))
    assert due == slow_seconds(own, start, minutes)
    assert working_seconds_between(own, start, due) == minutes * 60


@given(own=calendars(), start=starts(), days=st.integers(1, 4))
def test_working_days_are_what_the_wall_clock_shows(own: Calendar, start: datetime, days: int) -> None:
    assert add_working_days(own, start, days) == slow_days(own, start, days)


@given(own=calendars(), start=starts())
def test_open_is_what_the_wall_clock_shows(own: Calendar, start: datetime) -> None:
    for (now, _, _, worked), _ in zip(wall_clock(own, start), range(2 * DAY), strict=False):
        assert is_open(own, now) == worked


SPANS = st.one_of(
    st.builds(Span, st.booleans(), seconds=st.integers(0, 200_000)), st.builds(Span, st.booleans(), days=st.integers(0, 6))
)


@given(own=calendars(), start=starts(), later=st.integers(0, 100_000), span=SPANS)
def test_who_comes_later_is_never_due_earlier(own: Calendar, start: datetime, later: int, span: Span) -> None:
    assert add(own, start, span) <= add(own, start + timedelta(seconds=later), span)


@given(own=calendars(), start=starts(), span=SPANS, more=SPANS)
def test_more_time_is_never_due_earlier(own: Calendar, start: datetime, span: Span, more: Span) -> None:
    assume(span.working == more.working and bool(span.days) == bool(more.days))
    longer = Span(span.working, seconds=span.seconds + more.seconds, days=span.days + more.days)
    assert start <= add(own, start, span) <= add(own, start, longer)


@given(own=calendars(), start=starts(), span=SPANS)
def test_what_counts_working_time_is_due_in_working_time(own: Calendar, start: datetime, span: Span) -> None:
    assume(span.working)
    due = add(own, start, span)
    assert is_open(own, due) or is_open(own, due - timedelta(microseconds=1)), "neither open nor the moment of closing"
    assert next_open(own, next_open(own, start)) == next_open(own, start) >= start
    assert is_open(own, next_open(own, start))
