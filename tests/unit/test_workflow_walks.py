"""Scripted walks: the delivered ones hold, and what is not as expected is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.workflow.samples import AT
from app.workflow.walk_values import moment
from app.workflow.walks import Walk, told
from tests.unit.walk_builders import SCRIPT, changed, walked, wrong
from tests.unit.workflow_builders import DELIVERED, small

WALKS = (DELIVERED.parent / "walks.yaml").read_text("utf-8")
DELIVERED_WALKS = walked(WALKS, DELIVERED.read_text("utf-8"))


@pytest.mark.parametrize("walk", DELIVERED_WALKS, ids=lambda walk: walk.script.name)
def test_the_delivered_walks_come_to_what_they_say(walk: Walk):
    assert walk.met, walk.told("walks.yaml", "en")


def test_the_delivered_walks_have_titles_and_reach_the_ends():
    assert all(walk.script.title for walk in DELIVERED_WALKS)
    assert {walk.state for walk in DELIVERED_WALKS if walk.refusal is None} >= {"closed", "no_agreement", "diagnose"}


@pytest.mark.parametrize(
    ("guard", "weaker", "unmet"),
    [
        ("complaint.open_work_orders == 0", "complaint.open_work_orders >= 0", ["open_work_is_waited_for"]),
        ("complaint.broken_promises == 0", "complaint.broken_promises >= 0", ["no_offer_on_a_broken_promise"]),
        ("complaint.not_satisfied >= 2", "complaint.not_satisfied >= 1", ["once_not_satisfied_is_no_end"]),
        ("now - complaint.closed_at <= days(30)", "now - complaint.closed_at < days(30)", ["back_within_thirty_days"]),
    ],
)
def test_a_rule_that_was_loosened_or_tightened_is_found(guard, weaker, unmet):
    workflow = DELIVERED.read_text("utf-8")
    assert workflow.count(guard) == 1
    assert [walk.script.name for walk in walked(WALKS, workflow.replace(guard, weaker)) if not walk.met] == unmet


def test_walks_are_told_one_by_one():
    walks = walked(SCRIPT)
    assert told(walks, "walks.yaml", "en").splitlines() == [
        "ok   good (Good): new → work → done",
        "ok   severe (severe): new → work",
        "     “finish” is refused, as it should be:",
        "       calm: Too severe",
        "walks.yaml: 2 walks, 2 as expected, 0 not.",
    ]
    assert "2 条相符，0 条不符" in told(walks, "walks.yaml", "zh")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    expect: done", "    expect: work", "walks.yaml:3:3: it ends in done and should end in work."),
        (
            "complaint.severity: 3",
            "complaint.severity: 2",
            "walks.yaml:10:3: the last step was taken, and should be refused for calm.",
        ),
        ("    reasons: calm", "    reasons: role_refused", "was refused, but not for role_refused:"),
        ("{complaint.severity: 1}", "{complaint.round: 1}", "walks.yaml:8:22: step 2, “finish”, was refused:"),
        ("{transition: finish, data: {result: good}}", "begin", "walks.yaml:8:9: step 2, “begin”, was refused:"),
    ],
)
def test_what_is_not_as_expected_is_told_with_its_place(old, new, said):
    walks = walked(changed((old, new)))
    assert not all(walk.met for walk in walks)
    assert said in told(walks, "walks.yaml", "en")
    assert "1 as expected, 1 not." in told(walks, "walks.yaml", "en")


def test_a_refusal_before_the_last_step_is_not_the_one_expected():
    text = changed(
        ("      - begin\n      - {transition: finish, data: {result: bad", "      - {transition: finish, data: {result: bad")
    )
    text = text.replace("    reasons: calm", "    reasons: transition_not_available").replace(
        "why: 没办法}}", "why: 没办法}}\n      - begin"
    )
    assert [walk.met for walk in walked(text)] == [True, False]


def test_what_forms_recorded_is_known_to_later_guards_and_may_stand_in_the_facts():
    workflow = small(
        ("    roles: [handler]\n", "    roles: [handler]\n    form: answer\n"),
        ("    form: answer\n    guards", "    guards"),
        ("expr: complaint.severity < 3", 'expr: recorded.result == "good"'),
    )
    walk = "{roles: handler, steps: [{transition: begin, data: {result: %s, why: ~}}, finish], expect: done}"
    text = f"walks:\n  good: {walk % 'good'}\n  bad: {walk % 'bad'}\n"
    text += "  later: {start: work, roles: handler, facts: {recorded.result: good}, steps: [finish], expect: done}\n"
    assert [w.met for w in walked(text, workflow)] == [True, False, True]
    assert wrong(text.replace("recorded.result: good", "recorded.result: goood"), workflow)[0][2] == "good"


def test_roles_and_facts_may_change_at_a_step_and_stay_changed():
    text = changed(
        ("{transition: finish, data: {result: good}}", "{transition: expire, roles: system}"),
        (
            "      - {transition: finish, data: {result: bad",
            "      - {transition: finish, facts: {complaint.severity: 1}, data: {result: bad",
        ),
        ("    expect: refused\n    reasons: calm", "    expect: done"),
    )
    assert [walk.met for walk in walked(text)] == [True, True]


def test_a_fact_may_be_made_unknown_and_times_are_told_from_the_present():
    guard = "!known_complaint.closed_at || now - complaint.closed_at <= days(30)"
    workflow = small(("complaint.severity < 3", f'"{guard}"'))
    ways = {"~": True, "30 days ago": True, "31 days ago": False, "now": True, "2026-03-09T10:00:00+08:00": True}
    for written, met in ways.items():
        assert walked(changed(("complaint.severity: 1", f"complaint.closed_at: {written}")), workflow)[0].met is met, written
    moved = changed(
        ("complaint.severity: 1", "complaint.closed_at: now"),
        ("data: {result: good}}", "data: {result: good}, facts: {now: in 31 days}}"),
    )
    assert not walked(moved, workflow)[0].met


def test_moments():
    assert moment("now", AT) == AT
    assert moment("in 2 hours", AT) == AT + timedelta(hours=2)
    assert moment("1 day ago", AT) == AT - timedelta(days=1)
    assert moment("2026-03-10T10:00:00+08:00", AT) == datetime(2026, 3, 10, 2, tzinfo=UTC)
    assert [moment(text, AT) for text in ("2026-03-10", "in two days", "in 2 weeks", "2026-03-10T10:00:00", "")] == [None] * 5


def test_a_stage_may_be_called_refused():
    workflow = small().replace("done", "refused")
    assert walked("walks: {a: {roles: system, start: work, steps: [expire], expect: refused}}", workflow)[0].met
