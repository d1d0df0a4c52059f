"""A calendar whose country decides its make-up days year by year ends when next year's are not known."""

from __future__ import annotations

from datetime import UTC, date, datetime

from app.calendars.definition import ALL_DAY
from app.calendars.ending import ending
from app.calendars.holidays import known_through
from tests.unit.clock_builders import calendar

KNOWN = known_through("CN", 2026)


def test_the_next_year_is_missed_and_an_exception_in_it_says_that_somebody_saw_to_it():
    assert KNOWN is not None
    last, before = (datetime(year, 12, 1, tzinfo=UTC) for year in (KNOWN, KNOWN - 1))
    china = calendar(country="CN", make_up=ALL_DAY)
    assert ending({"office": china}, before) == []
    assert ending({"office": china}, last) == [("office", KNOWN + 1)]
    assert ending({"office": calendar(country="CN", exceptions={date(KNOWN + 1, 2, 20): ALL_DAY})}, last) == []


def test_holidays_that_follow_from_the_law_never_end():
    assert ending({"office": calendar(country="JP"), "plain": calendar()}, datetime(2040, 1, 1, tzinfo=UTC)) == []
