"""Departments and kinds of promises in the policy: what is delivered agrees, what is wrong is told with its place."""

from __future__ import annotations

import pytest

from app.calendars.loader import load_calendars
from app.commitments.ordering import MOVERS, STEPS
from app.desk.agreement import check_agreement
from app.desk.policy import Policy, load_policy
from app.desk.vocabulary import Vocabulary
from app.workflow.definition import Definition
from app.workflow.loader import load
from app.workflow.problems import DefinitionError
from tests.unit.workflow_builders import DELIVERED

FOLDER = DELIVERED.parent
CALENDARS = load_calendars((FOLDER / "calendars.yaml").read_text("utf-8"))
WORDS = Vocabulary(frozenset(CALENDARS))
DEPARTMENT = "  network: {title: {zh: 网络, en: Network}, calendar: office, team: network, lead_time: 2 working_days%s}\n"
HEAD = "title: {zh: 政策, en: Policy}\n"


def read(text: str) -> Policy:
    return load_policy(text, WORDS.names(CALENDARS))


@pytest.fixture(scope="module")
def delivered() -> tuple[Definition, Policy]:
    policy = read((FOLDER / "policy.yaml").read_text("utf-8"))
    return load(DELIVERED.read_text("utf-8"), WORDS), policy


def test_the_delivered_workflow_and_policy_agree(delivered):
    definition, policy = delivered
    check_agreement(definition, policy, "complaint.yaml")
    options = {option.value for option in definition.fields["department"].options}
    assert options == set(policy.departments or {})


def test_everybody_to_whom_the_delivered_policy_points_is_there(delivered):
    _, policy = delivered
    for department in (policy.departments or {}).values():
        assert department.calendar in CALENDARS
        assert department.lead_time.days or department.lead_time.seconds
        assert [level.percent for level in department.levels] == [80, 100, 150]
    for kind in (policy.promises or {}).values():
        assert kind.roles
        assert kind.remind is not None
        assert kind.likely_break is not None


def test_a_policy_without_the_sections_has_no_rule_about_them():
    policy = read(HEAD)
    assert (policy.departments, policy.promises) == (None, None)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("departments:\n" + DEPARTMENT % ", lead: 1 day", "unknown_key", 3),
        ("departments:\n" + DEPARTMENT.replace("office", "ofice") % "", "unknown_calendar", 3),
        ("departments:\n" + DEPARTMENT.replace("2 working_days", "soon") % "", "not_a_span", 3),
        ("departments:\n" + DEPARTMENT.replace("2 working_days", "0 days") % "", "not_a_span", 3),
        ("departments:\n" + DEPARTMENT % ", levels: [{after: 80, tell: owner}]", "not_a_percentage", 3),
        ("departments:\n" + DEPARTMENT % ", levels: [{after: 80 %, tell: boss}]", "unknown_told", 3),
        (
            "departments:\n" + DEPARTMENT % ", levels: [{after: 80 %, tell: owner}, {after: 50 %, tell: team}]",
            "levels_not_rising",
            3,
        ),
        ("departments:\n" + DEPARTMENT % ", consult: {within: 3 minutes, otherwise: call_bak}", "unknown_promise", 3),
        ("promises:\n  x: {title: {zh: 某, en: X}, word: maybe, roles: handler}\n", "unknown_word", 3),
        ("promises:\n  x: {title: {zh: 某, en: X}, word: result, roles: handlr}\n", "unknown_role", 3),
        ("promises:\n  x: {title: {zh: 某, en: X}, word: result}\n", "missing_key", 3),
        ("promises:\n  x: {title: {zh: 某, en: X}, word: result, roles: handler, department: kitchen}\n", "unknown_department", 3),
        (
            "departments:\n"
            + DEPARTMENT % ""
            + "promises:\n  x: {title: {zh: 某, en: X}, word: result, roles: handler, department: network, calendar: office}\n",
            "calendar_of_department",
            5,
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, code, line):
    with pytest.raises(DefinitionError) as caught:
        read(HEAD + text)
    assert [(p.code, p.line) for p in caught.value.problems] == [(code, line)]


@pytest.mark.parametrize(
    "text",
    [
        "departments:\n" + DEPARTMENT.replace("2 working_days", "soon") % "",
        "people: {skills: {net: {title: {zh: 网络, en: Network}, needed: {tags: net, waits: soon}}}}",
        "clocks: {x: {title: {zh: 某, en: X}, calendar: office, starts: {opened: true}, targets: [{within: soon}]}}",
    ],
)
def test_a_time_that_is_none_is_told_as_it_was_written_wherever_it_stands(text):
    with pytest.raises(DefinitionError) as caught:
        read(HEAD + text)
    assert [(p.column, "soon" in p.message.zh, "soon" in p.message.en) for p in caught.value.problems] == [
        ((HEAD + text).splitlines()[-1].index("soon") + 1, True, True)
    ]


def test_a_step_that_promises_what_the_policy_does_not_know_is_told(delivered):
    _, policy = delivered
    text = DELIVERED.read_text("utf-8").replace("- promise: {kind: remedy}", "- promise: {kind: remedi}")
    with pytest.raises(DefinitionError) as caught:
        check_agreement(load(text, WORDS), policy, "complaint.yaml")
    assert {(p.code, p.nearest) for p in caught.value.problems} == {("unknown_promise", "remedy")}


def test_every_move_of_a_work_order_is_somebodys():
    assert {status for steps in STEPS.values() for status in steps} == set(MOVERS)
