"""Every slip in a script of walks is told with its place and the nearest right name; nothing in one makes a crash."""

from __future__ import annotations

import contextlib
import re
from inspect import getsource

import pytest

from app.workflow import forms
from app.workflow.read_walks import CODES, WalksInvalid
from app.workflow.walks import told
from tests.unit.walk_builders import SCRIPT, changed, walked, wrong
from tests.unit.workflow_builders import place


@pytest.mark.parametrize(
    ("slip", "typed", "code", "near"),
    [
        ("    |steps|:\n      - begin\n      - {transition: finish, data: {result: good", "stebs", "unknown_key", "steps"),
        ("      - |begin|\n      - {transition: finish, data: {result: good", "begn", "unknown_transition", "begin"),
        ("{transition: |finish|, data: {result: good", "finnish", "unknown_transition", "finish"),
        ("data: {result: |good|}", "god", "field_not_an_option", None),
        ("data: {|result|: good", "resullt", "field_unknown", None),
        ("expect: |done|", "don", "unknown_stage", "done"),
        ("expect: |refused|", "refussed", "unknown_stage", "refused"),
        ("reasons: |calm|", "calmm", "unknown_reason", "calm"),
        ("reasons: |calm|", "rolle_refused", "unknown_reason", "role_refused"),
        ("facts: {|complaint.severity|: 1", "complaint.severty", "unknown_fact", "complaint.severity"),
        ("complaint.severity: |1|", "one", "not_an_integer", None),
        ("complaint.severity: |1|", "~", "never_unknown", None),
        ("  severe:\n    roles: |handler|", "handlr", "unknown_role", "handler"),
        ("    |title|: {zh: 好", "tittle", "unknown_key", "title"),
    ],
)
def test_every_slip_is_told_with_its_place_and_the_nearest_right_name(slip, typed, code, near):
    before, right, after = slip.split("|")
    found = wrong(changed((before + right + after, before + typed + after)))
    assert (code, place(SCRIPT, f"{before}|{right}{after}"), near) in found


@pytest.mark.parametrize(
    ("old", "new", "code", "fragment"),
    [
        ("expect: refused\n    reasons: calm", "expect: refused", "refusal_without_reasons", "expect: |refused"),
        ("    expect: done", "    expect: done\n    reasons: calm", "reasons_without_refusal", "done\n    reasons: |calm"),
        ("{result: good}", "{}", "field_missing", "transition: |finish, data: {}"),
        ("{result: good}", "{result: {a: b}}", "not_a_value", "result: |{a: b}"),
        ("{result: good}", "[good]", "not_named_entries", "data: |[good]"),
        ("{complaint.severity: 1}", "{complaint.opened_at: yesterday}", "not_a_moment", "opened_at: |yesterday"),
        ("{complaint.severity: 1}", "{complaint.sensitive: maybe}", "not_a_flag", "sensitive: |maybe"),
        ("{complaint.severity: 1}", "[complaint.severity]", "not_named_entries", "facts: |[complaint.severity]"),
    ],
)
def test_what_is_written_wrongly_is_told_with_its_place(old, new, code, fragment):
    text = changed((old, new))
    assert (code, place(text, fragment)) in [(found, at) for found, at, _ in wrong(text)]


@pytest.mark.parametrize(
    "text", ["", "walks:", "walks: {}", "walks: []", "- a", "walks: {a: b}", "walks: {a: {steps: []}}", "a: [", "\0"]
)
def test_a_file_that_holds_no_walks_is_refused_in_words(text):
    assert wrong(text)


def test_every_reason_of_a_form_may_be_expected():
    given = re.findall(r'(?:_Bad|Reason)\(\s*"(\w+)"', getsource(forms))
    assert set(given) < CODES


SHAPES = [
    "x",
    "[]",
    "{}",
    "[a, b]",
    "{a: b}",
    "~",
    "5",
    "true",
    "[[a]]",
    '""',
    "{a: {b: [c]}}",
    "in 99999 days",
    "begin",
    "[begin]",
]
KEY = re.compile(r"([a-z_.]+): (\[[^\]]*\]|\{[^{}]*\}|[^\s,{}]+)")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_value_of_the_wrong_shape_is_a_problem_or_a_walk_and_never_a_crash(shape: str):
    text = changed(
        ("{complaint.severity: 1}", "{complaint.severity: 1, now: now, complaint.opened_at: now, recorded.result: good}")
    )
    text = text.replace(
        "- {transition: finish, data: {result: bad", "- {transition: finish, note: a, roles: handler, data: {result: bad"
    )
    for found in KEY.finditer(text):
        with contextlib.suppress(WalksInvalid):
            told(walked(f"{text[: found.start()]}{found[1]}: {shape}{text[found.end() :]}"), "walks.yaml", "zh")


def test_time_may_pass_only_as_long_as_there_are_dates():
    step = "{transition: begin, facts: {now: in 99999 days}}"
    text = f"walks: {{a: {{roles: handler, steps: [{', '.join([step] * 40)}], expect: done}}}}"
    assert {code for code, _, _ in wrong(text)} == {"not_a_moment"}
