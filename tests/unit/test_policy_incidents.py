"""The rules of severity, duty, appeals, incidents and repeats: what the delivered policy says, and what a wrong one is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calendars.loader import load_calendars
from app.commitments.appeals import dates_of, reply_due
from app.commitments.incidents import why_likely
from app.complaints.repeats import FEWEST, why_alike
from app.complaints.search_tokens import SearchTokens
from app.desk.agreement import check_agreement
from app.desk.policy import Policy, load_policy
from app.desk.vocabulary import Vocabulary
from app.people.duty import Duty, Escalation, Shift
from app.texts import Words
from app.workflow.loader import load
from app.workflow.problems import DefinitionError

WORKFLOWS = Path(__file__).parents[2] / "workflows"
CALENDARS = load_calendars((WORKFLOWS / "calendars.yaml").read_text("utf-8"))
VOCABULARY = Vocabulary(frozenset(CALENDARS))
DELIVERED = load_policy((WORKFLOWS / "policy.yaml").read_text("utf-8"), VOCABULARY.names(CALENDARS))
TOKENS = SearchTokens(b"k" * 32)
AT = datetime(2026, 3, 6, 2, 0, tzinfo=UTC)  # Friday 10:00 in China
HEAD = "title: {zh: 政策, en: Policy}\n"


def policy(text: str) -> Policy:
    return load_policy(HEAD + text, VOCABULARY.names(CALENDARS))


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(DefinitionError) as told:
        policy(text)
    return [(problem.line, problem.code) for problem in told.value.problems]


@pytest.mark.parametrize(
    ("known", "level", "criteria"),
    [
        ({}, 1, ()),
        ({"complaint.amount_sought": 50_000}, 3, ("amount_large",)),
        ({"complaint.amount_sought": 500_000}, 4, ("amount_very_large", "amount_large")),
        ({"complaint.repeats": 1, "complaint.not_satisfied": 0}, 3, ("repeat",)),
        ({"complaint.repeats": 0, "complaint.not_satisfied": 1}, 1, ()),
        ({"customer.sensitive": True, "complaint.open_appeals": 1}, 4, ("appealed", "vulnerable")),
    ],
)
def test_the_highest_criterion_that_holds_is_suggested(known, level, criteria):
    assert DELIVERED.severity is not None
    found, held = DELIVERED.severity.suggested(known)
    assert (found, tuple(one.name for one in held)) == (level, criteria)


def test_dates_of_an_appeal_are_counted_on_the_calendar_and_from_the_day_of_acceptance():
    assert DELIVERED.appeals is not None
    body = DELIVERED.appeals.bodies["miit_12300"]
    received = dates_of(body, "received", AT, CALENDARS)
    assert received == {"acceptance": AT + timedelta(days=7), "reply": AT + timedelta(days=14)}
    assert dates_of(body, "accepted", AT, CALENDARS) == {"answer": AT + timedelta(days=30)}
    assert reply_due(body, {name: at.isoformat() for name, at in received.items()}) == received["reply"]


def test_working_days_of_an_appeal_leave_the_spring_festival_out():
    assert DELIVERED.appeals is not None
    before = datetime(2026, 2, 13, 2, 0, tzinfo=UTC)
    reply = dates_of(DELIVERED.appeals.bodies["other"], "received", before, CALENDARS)["reply"]
    assert reply - before > timedelta(days=14)


ROSTER = Escalation(
    "always",
    (
        Shift(frozenset(range(5)), 8 * 60, 20 * 60, Duty(person="zhao")),
        Shift(frozenset(range(7)), 18 * 60, 24 * 60, Duty(role="account_manager")),
    ),
    Duty(role="supervisor"),
)


@pytest.mark.parametrize(
    ("hour", "day", "who"),
    [
        (8, 2, "zhao"),
        (19, 2, "zhao"),  # the first line that covers it
        (20, 2, "account_manager"),
        (23, 7, "account_manager"),
        (7, 2, "supervisor"),
        (12, 7, "supervisor"),
    ],
)
def test_the_first_line_of_the_roster_that_covers_the_moment_counts(hour, day, who):
    calendar = CALENDARS["always"]
    at = calendar.instant(date(2026, 3, day), hour * 60)
    duty = ROSTER.on_duty(calendar, at)
    assert (duty.person or duty.role) == who


@given(st.integers(0, 3 * 365 * 24 * 60))
def test_somebody_is_always_on_duty(minutes):
    duty = ROSTER.on_duty(CALENDARS["always"], AT + timedelta(minutes=minutes))
    assert (duty.person is None) != (duty.role is None)


def alike(one: str, other: str, tags: tuple[str, ...] = (), others: tuple[str, ...] = ()) -> list[str]:
    why = why_alike(tags, TOKENS.pieces(one), others, TOKENS.index(other).grams, 30)
    return [reason["code"] for reason in why]


@pytest.mark.parametrize(
    ("one", "other", "codes"),
    [
        ("上个月流量费多收了三十元", "流量费又多收了，上个月就说过", ["same_words"]),
        ("上个月流量费多收了三十元", "宽带装机一直没有人来", []),
        ("我的你的他的都是在这里", "我的你的他的都是在这里", []),  # nothing but little words
        ("The roaming charge of March is wrong", "roaming charges wrong since march", ["same_words"]),
        ("退款", "退款", []),  # too short to tell anything
    ],
)
def test_enough_of_the_rare_words_make_two_texts_alike(one, other, codes):
    assert alike(one, other) == codes


@given(st.text(alphabet="网络信号流量费多收退订套餐宽带慢", min_size=FEWEST + 2, max_size=60))
def test_a_text_is_alike_to_itself_and_tags_alone_suffice(text):
    if len(TOKENS.pieces(text)) >= FEWEST:
        assert alike(text, text) == ["same_words"]
    assert alike(text, "无关", ("net.slow",), ("net.slow", "billing")) == ["same_cause"]


MAST: dict[str, Any] = {"cause": "net.area", "areas": ["南京市鼓楼区"], "began_at": AT, "repaired_at": None}


@pytest.mark.parametrize(
    ("tags", "place", "began", "codes"),
    [
        (["net.area"], "南京市鼓楼区", AT, ["same_cause", "same_place"]),
        (["net.area"], "鼓楼区", AT, ["same_cause", "same_place"]),
        (["net"], None, AT, ["same_cause"]),  # without a place the cause decides
        (["net.slow"], "南京市鼓楼区", AT, []),
        (["net.area"], "苏州市", AT, []),
        (["net.area"], "鼓楼区", AT - timedelta(hours=73), []),
    ],
)
def test_an_incident_fits_by_cause_place_and_time(tags, place, began, codes):
    assert [one["code"] for one in why_likely(MAST, tags, place, began, timedelta(hours=72))] == codes


def test_what_began_after_the_repair_is_another_thing():
    over = {**MAST, "repaired_at": AT + timedelta(hours=2)}
    assert why_likely(over, ["net.area"], None, AT + timedelta(hours=3), timedelta(hours=72)) == []


def test_an_absent_section_means_no_such_rule():
    empty = policy("")
    assert (empty.severity, empty.escalation, empty.appeals, empty.incidents, empty.repeats) == (None,) * 5


def test_mistakes_are_told_at_their_place():
    assert problems("escalation: {calendar: office, fallback: {role: supervizor}}") == [(2, "unknown_policy_name")]
    assert problems("escalation: {calendar: ofice, fallback: {role: supervisor}}") == [(2, "unknown_calendar")]
    assert problems("escalation:\n  calendar: office\n  fallback: {role: supervisor, person: zhao}") == [(4, "one_of_these")]
    roster = (
        "escalation:\n  calendar: office\n  fallback: {role: supervisor}\n  roster:\n    - {days: [mon], hours: '%s', person: li}"
    )
    for hours in ("20:00-08:00", "8-20", "09:00-24:30"):
        assert problems(roster % hours) == [(6, "not_hours")]
    assert problems("incidents: {channel: fax}") == [(2, "unknown_policy_name")]
    assert problems("repeats: {within_days: 0, words_percent: 30, merge_undo_hours: 24}") == [(2, "bound_out_of_range")]
    body = "appeals:\n  severity_at_least: 4\n  bodies:\n    court:\n      title: {zh: 法院, en: Court}\n      dates:\n        reply: {%s}"
    title = "title: {zh: 答复, en: Reply}"
    assert problems(body % f"{title}, days: 5, working_days: 5") == [(8, "one_of_these")]
    assert problems(body % f"{title}, days: 400, calendar: always") == [(8, "bound_out_of_range")]
    levels = "severity:\n  levels:\n    low: {level: 1, title: {zh: 轻, en: Low}, says: {zh: 轻, en: Low}}\n  criteria: {}\n"
    assert (3, "severity_levels") in [(line - 1, code) for line, code in problems(levels)]
    wrong = "severity:\n  levels: {}\n  criteria:\n    one: {kind: amount, level: 5, says: {zh: 一, en: One}, when: complaint.amont > 1}\n"
    assert {code for _, code in problems(wrong)} == {"expression", "bound_out_of_range", "severity_levels"}


CHANNELS = "channels: {phone: {zh: 电话, en: Phone}, sms: {zh: 短信, en: Text message}}\n"
CLOCK = "clocks:\n  answer:\n    title: {zh: 答复, en: Answer}\n    calendar: always\n    starts: {opened: true}\n    targets:\n"


def test_a_policy_names_its_channels_once_and_its_clocks_go_by_them():
    rows = "      - {channel: %s, within: 1 day}\n      - {within: 2 days}\n"
    assert policy(CHANNELS + CLOCK + rows % "phone").channels == {
        "phone": Words("电话", "Phone"),
        "sms": Words("短信", "Text message"),
    }
    assert problems(CHANNELS + CLOCK + rows % "fone") == [(4, "unknown_channel")]
    assert problems("channels: {phone: {zh: 电话}}") == [(2, "missing_translation")]
    assert policy(CLOCK + rows % "anything").channels is None


def test_the_choices_of_a_workflow_are_channels_of_the_policy():
    text = (WORKFLOWS / "complaint.yaml").read_text("utf-8")
    check_agreement(load(text, VOCABULARY), DELIVERED, "complaint.yaml")
    with pytest.raises(DefinitionError) as told:
        check_agreement(load(text.replace("letter: {zh: 信函", "leter: {zh: 信函"), VOCABULARY), DELIVERED, "complaint.yaml")
    assert {(problem.code, problem.nearest) for problem in told.value.problems} == {("unknown_channel", "letter")}
