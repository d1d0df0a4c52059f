"""The section of the clocks: what is wrong in it is told with its place and the remedy; what is delivered is taken."""

from __future__ import annotations

import pytest

from app.commitments.clock_policy import Level, Target
from app.commitments.clocks import Case, target_of
from app.desk.policy import Policy, load_policy
from app.workflow.problems import DefinitionError
from app.workflow.reading import Names
from tests.house.source import ROOT
from tests.unit.workflow_builders import delivered_names

NAMES = Names(frozenset({"office", "always"}), frozenset({"handler", "supervisor", "system"}))
GOOD = """title: {zh: 政策, en: Policy}
clocks:
  answer:
    title: {zh: 答复, en: Answer}
    calendar: office
    starts: {opened: true}
    stops: {means: solve}
    targets:
      - {severity: 3-4, tag: [charge.*, net.slow], within: 1 working_day, calendar: always}
      - {within: 2 working_days}
    warn:
      - {at: 80%, notify: [owner, supervisor]}
      - {before: 2 working_hours, reassign: team, team: 投诉组}
    breach: {notify: team, reassign: duty, severity: 4, transition: escalate}
"""


def loaded(text: str) -> Policy:
    return load_policy(text, NAMES)


def test_a_clock_is_read_as_it_is_written():
    rule = loaded(GOOD).clocks["answer"]
    first = rule.targets[0]
    assert (first.severities, first.tags, first.calendar, rule.targets[1].calendar) == (
        frozenset({3, 4}), ("charge.*", "net.slow"), "always", "office",
    )  # fmt: skip
    assert [level.name for level in rule.warns] == ["80", "2h_before"]
    assert (rule.warns[1].actions.reassign, rule.warns[1].actions.team) == ("team", "投诉组")
    assert rule.breach == Level("breach", actions=rule.breach.actions)
    assert rule.pauses == {"waiting_customer"}


@pytest.mark.parametrize(
    ("old", "new", "code", "near"),
    [
        ("calendar: office", "calendar: offce", "unknown_calendar", "office"),
        ("means: solve", "means: sovle", "unknown_meaning", "solve"),
        ("starts: {opened: true}", "starts: {contact: up}", "unknown_contact", None),
        ("starts: {opened: true}", "starts: {}", "clock_never_starts", None),
        ("within: 2 working_days", "within: 2 wroking_days", "not_a_span", None),
        ("within: 2 working_days", "within: 0 days", "not_a_span", None),
        ("- {within: 2 working_days}", "- {severity: 1, within: 2 working_days}", "clock_last_row", None),
        ("severity: 3-4, tag: [charge.*, net.slow], ", "", "clock_rows_below", None),
        ("severity: 3-4", "severity: 4-3", "not_a_severity", None),
        ("severity: 3-4", "severity: 5", "not_a_severity", None),
        ("charge.*", "'*'", "not_a_tag", None),
        ("at: 80%", "at: 120%", "not_a_share", None),
        ("at: 80%", "at: 80%, before: 1 hour", "level_at_or_before", None),
        ("before: 2 working_hours", "before: 2 weeks", "not_a_time_before", None),
        ("notify: team", "notify: tem", "unknown_notified", "team"),
        ("notify: team", "notify: system", "unknown_notified", "team"),
        ("reassign: duty", "reassign: team", "reassign_needs_team", None),
        ("reassign: duty", "reassign: dutty", "unknown_reassign", "duty"),
        ("severity: 4", "severity: 9", "not_a_severity", None),
        ("    title: {zh: 答复, en: Answer}\n", "", "missing_key", None),
        ("    stops:", "    stop:", "unknown_key", "stops"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_nearest_right_name(old, new, code, near):
    with pytest.raises(DefinitionError) as told:
        loaded(GOOD.replace(old, new, 1))
    found = [problem for problem in told.value.problems if problem.code == code]
    assert found, [problem.code for problem in told.value.problems]
    assert found[0].nearest == near
    assert found[0].line > 2


@pytest.mark.parametrize(
    ("row", "code", "wrong", "near"),
    [
        ("segment: hgih_value", "unknown_segment", "hgih_value", "high_value"),
        ("segment: [mass, yuoth]", "unknown_segment", "yuoth", "youth"),
        ("tag: charge.raoming", "tag_unknown", "charge.raoming", "charge.roaming"),
        ("tag: [net.slow, chrage.*]", "tag_unknown", "chrage.*", "charge.*"),
        ("tag: netw", "tag_unknown", "netw", "net"),
    ],
)
def test_a_segment_or_tag_that_another_file_does_not_know_is_told_where_it_stands(row, code, wrong, near):
    text = GOOD.replace("severity: 3-4, tag: [charge.*, net.slow]", row)
    with pytest.raises(DefinitionError) as told:
        load_policy(text, delivered_names())
    (problem,) = told.value.problems
    line = next(n for n, line in enumerate(text.splitlines(), 1) if row in line)
    column = text.splitlines()[line - 1].index(wrong) + 1
    assert (problem.code, problem.line, problem.column, problem.nearest) == (code, line, column, near)


def test_tags_and_segments_are_known_by_leaf_group_and_star():
    row = "segment: [mass, youth], tag: [charge.roaming, net, safe.*]"
    rule = load_policy(GOOD.replace("severity: 3-4, tag: [charge.*, net.slow]", row), delivered_names()).clocks["answer"]
    assert rule.targets[0].segments == {"mass", "youth"}
    assert rule.targets[0].tags == ("charge.roaming", "net", "safe.*")


def test_a_policy_without_clocks_has_none():
    assert loaded("title: {zh: 政策, en: Policy}").clocks == {}


@pytest.mark.parametrize(
    ("name", "more", "within"),
    [
        ("answer", {}, "3 working_days"),
        ("answer", {"segment": "high_value"}, "1 working_day"),
        ("answer", {"segment": "high_value", "severity": 4}, "4 working_hours"),
        ("answer", {"tags": ["net.slow"]}, "5 working_days"),
        ("answer", {"tags": ["network.slow"]}, "3 working_days"),
        ("escalated", {"severity": 4}, "30 minutes"),
        ("regulator", {}, "15 days"),
    ],
)
def test_the_delivered_targets(name, more, within):
    text = (ROOT / "workflows" / "policy.yaml").read_text("utf-8")
    clocks = load_policy(text, delivered_names()).clocks
    told = {"severity": 2, "tags": [], "channel": "phone", "team": None, "workflow": "complaint", "segment": None, **more}
    found: Target = target_of(clocks[name], Case([], **told))
    assert found.text == within
