"""Dates as people say them: what they mean on a calendar, what is asked back, and that none ever lies in the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.calendars.back import last_open, subtract
from app.calendars.loader import load_calendars
from app.calendars.span import Span
from app.calendars.time import add, is_open
from app.commitments.said.reading import FARTHEST, read_date
from app.errors import Invalid, Reason
from tests.conftest import START

CALENDARS = load_calendars((Path(__file__).parents[2] / "workflows" / "calendars.yaml").read_text("utf-8"))
OFFICE, SERVICE = CALENDARS["office"], CALENDARS["service"]


def said(text: str, now: datetime = START, calendar: str = "office") -> str:
    """The moment by the wall clock of Beijing, or the code and the readings of the refusal."""
    on = CALENDARS[calendar]
    try:
        return f"{on.local(read_date(text, now, on)):%m-%d %H:%M}"
    except Invalid as error:
        (reason,) = error.reasons
        return " ".join(
            [reason.code, *(reading[5:16] for reading in str(reason.params.get("readings", "")).split(", ") if reading)]
        )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("within two weeks", "03-24 18:00"),
        ("两周内", "03-24 18:00"),
        ("两个星期之内", "03-24 18:00"),
        ("tomorrow 10", "03-11 10:00"),
        ("by 10 tomorrow", "03-11 10:00"),
        ("明天上午十点", "03-11 10:00"),
        ("后天下午3点半前", "03-12 15:30"),
        ("下周三前", "03-18 18:00"),
        ("下下周一", "03-23 18:00"),
        ("周五之前", "03-13 18:00"),
        ("by Friday", "03-13 18:00"),
        ("before Friday", "03-12 18:00"),
        ("next monday", "03-16 18:00"),
        ("3个工作日内", "03-13 18:00"),
        ("within 3 working days", "03-13 18:00"),
        ("十五个工作日内", "03-31 18:00"),
        ("月底前", "03-31 18:00"),
        ("end of the month", "03-31 18:00"),
        ("本周内", "03-13 18:00"),
        ("下周内", "03-20 18:00"),
        ("3月20日前", "03-20 18:00"),
        ("20 March", "03-20 18:00"),
        ("2026-03-20", "03-20 18:00"),
        ("3/20", "03-20 18:00"),
        ("20号", "03-20 18:00"),
        ("半小时内", "03-10 10:30"),
        ("in half an hour", "03-10 10:30"),
        ("两小时内", "03-10 12:00"),
        ("in 4 working hours", "03-10 15:30"),
        ("4天内", "03-13 18:00"),  # the 14th is a Saturday: the last open moment before the limit
        ("今天", "03-10 18:00"),
        ("tonight", "03-10 22:00"),
        ("明天下午", "03-11 18:00"),
        ("下午三点前", "03-10 15:00"),
        ("by 5pm", "03-10 17:00"),
        ("at noon tomorrow", "03-11 12:00"),
        ("the day after tomorrow", "03-12 18:00"),
    ],
)
def test_what_is_said_is_meant_so_on_a_tuesday_at_ten(text, meant):
    assert said(text) == meant


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("next wednesday", "due_ambiguous 03-11T18:00 03-18T18:00"),
        ("周二", "due_ambiguous 03-10T18:00 03-17T18:00"),
        ("3/4", "due_ambiguous 04-03T18:00 03-04T18:00"),
        ("tomorrow at 8", "due_ambiguous 03-11T08:00 03-11T20:00"),
        ("周六", "due_closed 03-13T18:00 03-16T18:00"),
        ("明天", "03-11 18:00"),
        ("2026-03-01", "in_the_past"),
        ("上午9点", "in_the_past"),
        ("within 900 weeks", "due_too_far"),
        ("尽快", "due_not_understood"),
        ("asap", "due_not_understood"),
        ("", "due_not_understood"),
        ("10", "due_not_understood"),
        ("三月内", "due_not_understood"),
        ("2月30日", "due_not_understood"),
        ("明天25点", "due_not_understood"),
        ("0天内", "due_not_understood"),
        ("x" * 4000, "due_not_understood"),
    ],
)
def test_what_may_mean_two_things_is_asked_back_and_the_rest_refused(text, asked):
    assert said(text) == asked


def test_over_a_holiday_a_working_day_is_one_that_is_worked():
    before_national_day = datetime(2026, 9, 29, 2, 0, tzinfo=UTC)
    assert said("3个工作日内", before_national_day) == "10-09 18:00"
    assert said("明天", datetime(2026, 9, 30, 2, 0, tzinfo=UTC)).startswith("due_closed 09-30T18:00")


def test_within_a_day_when_nobody_works_any_more_asks_back():
    assert said("1天内", datetime(2026, 3, 13, 12, 0, tzinfo=UTC)) == "due_closed 03-16T18:00"


NUMBERS = st.integers(1, 60)
TEXTS = st.one_of(
    st.builds("{}{}".format, NUMBERS, st.sampled_from(["天内", "周内", "个月内", "个工作日内", "小时内", "分钟内", "个工作小时内"])),
    st.builds("within {} {}".format, NUMBERS, st.sampled_from(["days", "weeks", "months", "working days", "hours", "minutes"])),
    st.builds("{}{}{}".format, st.sampled_from(["今天", "明天", "下周三", "周五", "3月8日", "15号"]), st.sampled_from(["", "上午", "下午"]), st.sampled_from(["", "3点", "10点半"])),
    st.builds("{} {}".format, st.sampled_from(["tomorrow", "friday", "next monday", "march 8", "3/4"]), st.sampled_from(["", "3pm", "10", "morning"])),
    st.text(alphabet="明后天下周月内前点半0123456789 :/-abnetxwk工作日个三十", max_size=12),
)  # fmt: skip
NOWS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001 - made aware


@given(TEXTS, NOWS, st.sampled_from([OFFICE, SERVICE, CALENDARS["always"]]))
@example("2月29日", datetime(2026, 3, 1, tzinfo=UTC), OFFICE)
def test_no_date_ever_lies_in_the_past_and_none_fails_otherwise_than_told(text, now, calendar):
    due: datetime | None = None
    refused: tuple[Reason, ...] = ()
    try:
        due = read_date(text, now, calendar)
    except Invalid as error:
        refused = error.reasons
    for reason in refused:
        assert reason.code in {"due_not_understood", "due_ambiguous", "due_closed", "due_too_far", "in_the_past"}
        assert reason.where == "due"
        for reading in str(reason.params.get("readings", "-")).split(", "):
            assert reading == "-" or datetime.fromisoformat(reading) > now
    if due is None:
        assert refused
        return
    assert now < due <= now + FARTHEST
    assert due.utcoffset() == timedelta()


@given(st.integers(1, 30), NOWS)
def test_more_time_is_never_due_earlier(amount, now):
    for unit in ("个工作日内", "小时内", "个工作小时内"):
        assert read_date(f"{amount}{unit}", now, OFFICE) <= read_date(f"{amount + 1}{unit}", now, OFFICE)


@given(NOWS, st.integers(1, 40 * 3600))
def test_counting_working_time_back_undoes_counting_it_on(at, seconds):
    span = Span(working=True, seconds=seconds)
    end = add(OFFICE, at, span)
    assert add(OFFICE, subtract(OFFICE, end, span), span) == end


@given(NOWS, st.sampled_from([Span(working=False, seconds=900), Span(working=False, days=2), Span(working=True, days=2)]))
def test_nobody_is_reminded_outside_open_time(end, span):
    at = subtract(OFFICE, end, span)
    assert at <= end
    assert is_open(OFFICE, at) or is_open(OFFICE, at - timedelta(microseconds=1))  # open, or just closing


@given(NOWS)
def test_the_last_open_moment_is_not_after_the_limit(limit):
    at = last_open(OFFICE, limit)
    assert at <= limit
    assert at == limit or not is_open(OFFICE, limit)
