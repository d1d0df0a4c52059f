"""What a clock must hold to, whatever happens: pauses, rounds, restarts, changes of target, and what is told when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calendars.definition import Interval
from app.calendars.span import Span, parse
from app.calendars.time import is_open
from app.commitments.clock_marks import mark_of
from app.commitments.clock_policy import Level, When
from app.commitments.clocks import Case, Reading, figures_of, next_level, readings
from tests.unit.clock_builders import MINUTE, START, calendar, calendars, case, rule, within

OFFICE = calendar()
SPANS = st.one_of(
    st.integers(1, 2_000).map(lambda n: Span(working=True, seconds=60 * n)),
    st.integers(1, 6).map(lambda n: Span(working=True, days=n)),
    st.integers(1, 20).map(lambda n: Span(working=False, days=n)),
)
MINUTES = st.integers(0, 20 * 24 * 60)
ZONES = st.sampled_from(["Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu"])


def read(clock, complaint: Case, at: datetime, office=OFFICE) -> list[Reading]:
    return readings({"answer": clock}, complaint, calendars(office), at)


def local(text: str, zone=OFFICE.zone) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


# ------------------------------------------------------------------------------------------------------------ properties


@given(SPANS, MINUTES, MINUTES, MINUTES, ZONES, st.sampled_from([START, datetime(2026, 10, 20, tzinfo=UTC), datetime(2028, 2, 20, tzinfo=UTC)]))  # fmt: skip
def test_elapsed_is_never_negative_and_never_runs_backwards(span, paused, resumed, later, zone, start):
    office = calendar(zone)
    marks = [(start, "opened:working"), (start + paused * MINUTE, "kind:waiting_customer")]
    marks.append((marks[-1][0] + resumed * MINUTE, "kind:working"))
    clock, before = rule(within(span)), 0
    for at in sorted({*(mark[0] for mark in marks), start + later * MINUTE, start + 2 * later * MINUTE}):
        (seen,) = read(clock, case(*[mark for mark in marks if mark[0] <= at]), at, office)
        assert seen.elapsed >= before >= 0
        before = seen.elapsed


@given(SPANS.filter(lambda span: span.working), MINUTES, st.integers(1, 3_000), st.integers(0, 900))
def test_shifting_a_pause_across_closed_time_changes_nothing(span, begins, length, by):
    """A pause from the middle of a closed stretch, or from any other moment of it, is the same pause."""
    begin = START + begins * MINUTE
    end, moved = begin + length * MINUTE, begin + by * MINUTE
    if any(is_open(OFFICE, begin + n * MINUTE) for n in range(by)) or moved >= end:
        return
    at = end + timedelta(days=2)
    seen = [
        read(rule(within(span)), case((START, "opened:working"), (paused, "kind:waiting_customer"), (end, "kind:working")), at)[0]
        for paused in (begin, moved)
    ]
    assert (seen[0].elapsed, seen[0].due_at, seen[0].state) == (seen[1].elapsed, seen[1].due_at, seen[1].state)


@given(SPANS, MINUTES)
def test_where_nothing_interrupts_it_the_clock_is_due_when_the_calendar_says(span, begins):
    from app.calendars.time import add

    start = START + begins * MINUTE
    (seen,) = read(rule(within(span)), case((start, "opened:working")), start)
    assert seen.due_at == add(OFFICE, start, span)


@given(SPANS, MINUTES, st.integers(1, 5_000))
def test_a_longer_pause_is_never_due_earlier(span, begins, length):
    begin = START + begins * MINUTE
    dues = []
    for more in (0, 60):
        end = begin + (length + more) * MINUTE
        (seen,) = read(
            rule(within(span)), case((START, "opened:working"), (begin, "kind:waiting_customer"), (end, "kind:working")), end
        )
        dues.append(seen.due_at)
    assert dues[0] is not None
    assert dues[1] is not None
    assert dues[0] <= dues[1]


@given(SPANS, st.integers(2, 4), MINUTES)
def test_a_change_of_severity_is_the_same_clock_with_another_target(span, severity, later):
    clock = rule(within(parse("1 working_hour"), 1, severities=frozenset({severity})), within(span, 2))
    at = START + later * MINUTE
    calm, severe = (read(clock, case((START, "opened:working"), severity=n), at)[0] for n in (1, severity))
    assert (severe.started_at, severe.target.row, calm.target.row) == (calm.started_at, 1, 2)
    if span.working:
        assert severe.elapsed == calm.elapsed


# -------------------------------------------------------------------------------------------------------------- examples


def test_a_pause_before_the_first_answer():
    marks = [(local("2026-03-13T16:00"), "opened:working"), (local("2026-03-13T16:30"), "kind:waiting_customer")]
    clock = rule(within(parse("4 working_hours")))
    (resting,) = read(clock, case(*marks), local("2026-03-16T10:00"))
    assert (resting.state, resting.due_at, resting.elapsed, resting.rests_in) == ("paused", None, 1_800_000_000, "waiting_customer")
    (goes_on,) = read(clock, case(*marks, (local("2026-03-16T10:00"), "kind:working")), local("2026-03-16T10:00"))
    assert (goes_on.state, goes_on.due_at) == ("running", local("2026-03-16T14:30"))


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-03-14T11:00", "2 working_days", "2026-03-18T09:00"),  # a Saturday is as Monday morning
        ("2026-02-13T16:30", "1 working_hour", "2026-02-14T09:30"),  # a make-up Saturday is a working day
        ("2026-02-14T16:00", "1 working_day", "2026-02-24T16:00"),  # over the Spring Festival
        ("2025-12-31T16:00", "2 working_hours", "2026-01-04T10:00"),  # over the year's end, to a make-up Sunday
        ("2028-02-28T10:00", "1 working_day", "2028-02-29T10:00"),  # a leap day
        ("2026-02-14T10:00", "15 days", "2026-03-01T10:00"),  # calendar days run on
    ],
)
def test_dates_that_matter(start, span, due):
    china = calendar(country="CN", make_up=(Interval(540, 720), Interval(780, 1020)))
    (seen,) = read(rule(within(parse(span))), case((local(start), "opened:working")), local(start), china)
    assert seen.due_at == local(due)


def test_what_is_told_at_the_very_last_moment_is_in_time():
    clock, last = rule(within(parse("1 working_hour"))), START + timedelta(hours=1)
    (met,) = read(clock, case((START, "opened:working"), (last, "means:solve")), last)
    assert (met.state, met.remaining, met.breached_at) == ("met", 0, None)
    (late,) = read(clock, case((START, "opened:working"), (last + MINUTE, "means:solve")), last + MINUTE)
    assert (late.state, late.breached_at) == ("late", last)


def test_after_not_satisfied_the_same_clock_goes_on_and_the_time_between_does_not_count():
    told, back = START + timedelta(hours=1), START + timedelta(days=3)
    marks = [
        (START, "opened:working"),
        (told, "means:solve"),
        (told, "kind:resolved"),
        (back, "means:not_satisfied"),
        (back, "kind:working"),
    ]
    (seen,) = read(rule(within(parse("2 working_hours"))), case(*marks), back + timedelta(minutes=30))
    assert (seen.state, seen.round, seen.turn, seen.started_at, seen.elapsed) == ("running", 1, 1, START, 90 * 60_000_000)


def test_a_reopening_is_a_counted_new_round_and_the_older_one_stays():
    closed, again = START + timedelta(hours=1), START + timedelta(days=9)
    marks = [
        (START, "opened:working"), (closed, "means:solve"), (closed, "kind:final"),
        (again, "round:2"), (again, "contact:in"), (again, "means:reopen"), (again, "kind:working"),
    ]  # fmt: skip
    first, second = read(rule(within(parse("2 working_hours"))), case(*marks), again + timedelta(minutes=10))
    assert (first.round, first.state, first.elapsed) == (1, "met", 3_600_000_000)
    assert (second.round, second.state, second.started_at, second.elapsed) == (2, "running", again, 600_000_000)


def test_a_complaint_that_ends_before_ends_its_clocks():
    end = START + timedelta(minutes=20)
    (seen,) = read(
        rule(within(parse("1 working_hour"))), case((START, "opened:working"), (end, "means:withdraw"), (end, "kind:final")), end
    )
    assert (seen.state, seen.elapsed, seen.counts) == ("ended", 1_200_000_000, False)


def test_each_word_to_the_customer_begins_it_anew():
    clock = rule(within(parse("2 working_hours")), restarts=When(contacts=frozenset({"out"})))
    marks = [(START + timedelta(hours=n), "contact:out") for n in (1, 2)]
    (seen,) = read(clock, case((START, "opened:working"), *marks), START + timedelta(hours=4, minutes=30))
    assert (seen.turn, seen.started_at, seen.state) == (3, marks[1][0], "running")  # an hour of it was lunch


def test_what_has_ended_is_settled_and_no_later_change_touches_it():
    end = START + timedelta(hours=1)
    marks = case((START, "opened:working"), (end, "means:solve"))
    (met,) = read(rule(within(parse("2 working_hours"))), marks, end)
    kept = Case([*marks.marks, mark_of(end, "settled:answer", figures_of(met, 3, 1))], 4, (), "phone", None, "complaint", None)
    (seen,) = read(rule(within(parse("10 working_minutes"))), kept, end + timedelta(days=9))
    assert (seen.state, seen.elapsed, seen.allowed.amount, seen.due_at) == ("met", met.elapsed, met.allowed.amount, met.due_at)


WARNED = rule(within(parse("10 working_hours")), warns=(Level("50", 50), Level("80", 80)))


def coming(marks: Case, told, at: datetime) -> str | None:
    (seen,) = read(WARNED, marks, at)
    found = next_level(seen, told)
    return None if found is None else found[0].name


def test_levels_come_one_after_another_each_told_once():
    marks, day = case((START, "opened:working")), timedelta(days=1)
    at50, at80, at100 = local("2026-03-10T16:00"), local("2026-03-11T11:00"), local("2026-03-11T14:00")
    assert read(WARNED, marks, START)[0].due_at == at100
    assert coming(marks, {}, START) == "50"
    assert coming(marks, {}, at50 + MINUTE) == "50"  # reached and not yet told
    assert coming(marks, {"50": at50}, at50) == "80"
    assert coming(marks, {"50": at50, "80": at80}, at80) == "breach"
    assert coming(marks, {"50": at50, "80": at80, "breach": at100}, at100 + day) is None
    assert coming(marks, {}, at100 + day) == "50"  # the worker was down: each is told, and late
    assert coming(marks, {"80": at100 + day}, at100 + day) == "breach"  # a level that came into the policy later is not made up for


def test_a_target_that_was_put_off_is_told_again_and_a_pause_tells_nothing_twice():
    at50 = local("2026-03-10T16:00")
    paused = case((START, "opened:working"), (at50 + MINUTE, "kind:waiting_customer"), (at50 + timedelta(days=1), "kind:working"))
    assert coming(paused, {"50": at50}, at50 + timedelta(days=1)) == "80"
    (longer,) = read(rule(within(parse("40 working_hours")), warns=(Level("50", 50),)), case((START, "opened:working")), at50)
    found = next_level(longer, {"50": at50})
    assert found is not None
    assert found[0].name == "50"


def test_dates_of_the_calendar_do_not_leak_into_plain_time():
    closed = calendar(week={}, exceptions={date(2026, 3, 10): ()})
    (seen,) = read(rule(within(parse("30 minutes"), calendar="always")), case((START, "opened:working")), START, closed)
    assert seen.due_at == START + timedelta(minutes=30)
