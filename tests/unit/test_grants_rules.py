"""Compensation: what is due, and who may grant how much. Pure rules, with figures drawn at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.commitments.compensation import Budgets, Compensation, Limits, covers
from app.commitments.grants import Case, Verdict, Want, assess, due_of, most, parted
from app.commitments.grants_queries import period_of
from app.commitments.grants_report import spread
from app.desk.policy import load_policy
from app.workflow.problems import DefinitionError
from app.workflow.reading import Names
from tests.unit.workflow_builders import VOCABULARY, delivered_names

WORKFLOWS = Path(__file__).parents[2] / "workflows"
NAMES = Names(frozenset({"service", "always"}), VOCABULARY.roles)
SHORT = """
title: {zh: 政策, en: Policy}
compensation:
  currency: CNY
  kinds:
    refund: {title: {zh: 退费, en: Refund}, verification: 2}
    credit: {title: {zh: 话费, en: Credit}}
    data: {title: {zh: 流量, en: Data}, unit: {title: {zh: GB, en: GB}, value: 2.00}}
  schedule:
    - {name: overcharge, title: {zh: 多收, en: Overcharge}, causes: charge.*, kind: refund, share: 1.00, cap: 500.00}
    - {name: severe, title: {zh: 严重, en: Severe}, causes: net.outage, severity: 3-4, kind: credit, amount: 30.00}
    - {name: outage, title: {zh: 故障, en: Outage}, causes: net.outage, kind: credit, amount: 10.00}
  goodwill:
    - {causes: svc.*, to: 100.00}
    - {to: 60.00}
  customer_days: 365
  authority:
    handler: {due_per_case: 200.00, per_case: 50.00, per_customer: 80.00, kinds: {data: 20.00}}
  approval:
    by: {supervisor: {due_per_case: 1000.00, per_case: 300.00, per_customer: 500.00}}
    waits: 4 working_hours
    calendar: service
    live: 3 minutes
  budgets: {period: month, counts: goodwill, default: 400.00, teams: [{team: 客服一组, amount: 90.00}]}
  reasons:
    long_wait: {title: {zh: 久等, en: Waited long}, when: above}
    in_parts: {title: {zh: 分次, en: In parts}, when: below}
    other: {title: {zh: 其他, en: Other}}
  refusals:
    not_proven: {zh: 未证实, en: Not proven}
"""


def policy_of(text: str = SHORT) -> Compensation:
    found = load_policy(text, NAMES).compensation
    assert found is not None
    return found


POLICY = policy_of()
HANDLER = frozenset({"handler"})


def judged(amount: int, kind: str = "credit", *, case: Case | None = None, roles: frozenset[str] = HANDLER, **more: Any) -> Verdict:
    return assess(POLICY, case or Case(("svc.attitude",), 2), roles, Want(kind, amount, **{"reason": "other", **more}))


def codes(verdict: Verdict) -> dict[str, list[str]]:
    found = {name: [r.code for r in getattr(verdict, name)] for name in ("invalid", "refused", "over")}
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize(
    ("case", "amount", "kind", "more", "expected"),
    [
        (Case(("charge.roaming",), 2), 3_000, "refund", {"damage": 3_000, "reason": None}, {}),
        (Case(("charge.roaming",), 2), 3_000, "refund", {}, {"invalid": ["grant_damage"]}),
        (Case(("charge.roaming",), 2), 2_000, "refund", {"damage": 3_000, "reason": None}, {"invalid": ["grant_reason_below"]}),
        (
            Case(("charge.roaming",), 2),
            2_000,
            "refund",
            {"damage": 3_000, "reason": "long_wait"},
            {"invalid": ["grant_reason_below"]},
        ),
        (Case(("charge.roaming",), 2), 2_000, "refund", {"damage": 3_000, "reason": "in_parts"}, {}),
        (Case(("charge.roaming",), 2), 4_000, "refund", {"damage": 3_000, "reason": None}, {"invalid": ["grant_reason_above"]}),
        (Case(("charge.roaming",), 2), 4_000, "refund", {"damage": 3_000, "reason": "mood"}, {"invalid": ["grant_reason_unknown"]}),
        (Case(("charge.roaming",), 2), 30_000, "refund", {"damage": 30_000}, {"over": ["grant_over_due"]}),
        (Case(("charge.roaming",), 2, 0), 3_000, "refund", {"damage": 3_000}, {"refused": ["grant_verification"]}),
        (Case(("net.outage",), 2), 1_000, "credit", {"reason": None}, {}),
        (Case(("net.outage",), 3), 3_000, "credit", {"reason": None}, {}),
        (Case(("svc.attitude",), 2), 5_000, "credit", {}, {}),
        (Case(("svc.attitude",), 2), 5_001, "credit", {}, {"over": ["grant_over_case"]}),
        (Case(("svc.attitude",), 2), 0, "credit", {"reason": None}, {"invalid": ["grant_nothing"]}),
        (Case(("svc.attitude",), 2), 2_200, "data", {}, {"over": ["grant_over_kind"]}),
        (Case(("svc.attitude",), 2), 2_001, "data", {}, {"invalid": ["grant_unit"]}),
        (Case(("svc.attitude",), 2), 100, "cash", {}, {"invalid": ["grant_kind"]}),
        (Case(("svc.attitude",), 2, customer=7_000), 2_000, "credit", {}, {"over": ["grant_over_customer"]}),
        (Case(("net.slow",), 2, goodwill={"data": 2_000}), 4_500, "credit", {}, {"over": ["grant_over_range", "grant_over_case"]}),
        (Case((), 2, team="客服一组", spent=8_000), 2_000, "credit", {}, {"refused": ["grant_over_budget", "grant_ways"]}),
        (Case((), 2, team="客服一组", spent=8_000), 1_000, "credit", {}, {}),
        (
            Case(("svc.attitude",), 2),
            40_000,
            "credit",
            {},
            {
                "refused": ["grant_over_range", "grant_over_case", "grant_over_customer", "grant_ways"],
                "over": ["grant_over_range", "grant_over_case", "grant_over_customer"],
            },
        ),
    ],
)
def test_table(case: Case, amount: int, kind: str, more: dict[str, Any], expected: dict[str, list[str]]):
    verdict = judged(amount, kind, case=case, **more)
    assert codes(verdict) == expected
    assert verdict.approvers == (("supervisor",) if "over" in expected and "refused" not in expected else ())
    told = [r.message(lang) for r in (*verdict.invalid, *verdict.refused, *verdict.over) for lang in ("zh", "en")]
    assert not [text for text in told if "{" in text or text.startswith(("reasons.", "grant_"))]


def test_somebody_without_authority_may_only_ask():
    verdict = judged(1_000, roles=frozenset({"back_office"}))
    assert codes(verdict) == {"over": ["grant_over_case", "grant_over_customer"]}
    assert verdict.approvers == ("supervisor",)


def test_of_two_roles_the_wider_counts():
    both = policy_of(
        SHORT.replace("    handler:", "    shop: {due_per_case: 1.00, per_case: 60.00, per_customer: 10.00}\n    handler:")
    )
    limits = both.own({"shop", "handler"})
    assert limits == Limits(20_000, 6_000, 8_000, {})


@given(
    case=st.builds(
        Case,
        tags=st.sampled_from([(), ("charge.roaming",), ("net.outage", "svc.attitude"), ("svc.attitude",)]),
        severity=st.integers(1, 4),
        due=st.dictionaries(st.sampled_from(["refund", "credit"]), st.integers(0, 30_000)),
        goodwill=st.dictionaries(st.sampled_from(["data", "credit"]), st.integers(0, 8_000)),
        customer=st.integers(0, 10_000),
        team=st.sampled_from([None, "客服一组"]),
        spent=st.integers(0, 50_000),
    ),
    kind=st.sampled_from(["refund", "credit", "data"]),
    damage=st.integers(0, 80_000),
    counts=st.sampled_from(["goodwill", "all"]),
)
def test_what_is_told_as_the_most_is_granted_and_a_little_more_is_not(case: Case, kind: str, damage: int, counts: str):
    assert POLICY.budgets is not None
    policy = replace(POLICY, budgets=replace(POLICY.budgets, counts="all" if counts == "all" else "goodwill"))
    alone = most(policy, case, policy.own(HANDLER), kind, damage, ranged=True)
    step = 200 if kind == "data" else 1
    assert alone >= 0
    if alone:
        verdict = assess(policy, case, HANDLER, Want(kind, alone, damage, "other"))
        assert not verdict.invalid + verdict.refused + verdict.over
    verdict = assess(policy, case, HANDLER, Want(kind, alone + step, damage, "other"))
    assert verdict.refused or verdict.over
    assert policy.approval is not None
    asked = most(policy, case, policy.approval.by["supervisor"], kind, damage, ranged=False)
    assert not assess(policy, case, frozenset({"nobody"}), Want(kind, max(asked, step), damage, "other")).refused or asked < step


@given(amount=st.integers(1, 10**9), left=st.integers(0, 10**9))
def test_parts_add_up(amount: int, left: int):
    parts = parted(amount, left)
    assert parts.due + parts.goodwill == amount
    assert parts.due <= left
    assert (parts.position == "at") == (amount == left)


@given(damage=st.integers(0, 10**9), share=st.integers(0, 30_000), floor=st.integers(0, 10**6), more=st.integers(0, 10**6))
def test_a_share_lies_between_floor_and_cap_and_is_exact_to_half_a_fen(damage: int, share: int, floor: int, more: int):
    row = replace(POLICY.schedule[0], share=share, floor=floor, cap=floor + more)
    fen = row.fen(damage)
    assert fen is not None
    assert floor <= fen <= floor + more
    if floor < fen < floor + more:
        assert abs(fen * 10_000 - damage * share) <= 5_000


def test_what_was_given_before_is_no_longer_due():
    case = Case(("net.outage",), 2, due={"credit": 400})
    assert (due_of(POLICY, case, "credit", None).fen, due_of(POLICY, case, "credit", None).left) == (1_000, 600)
    assert judged(600, case=case, reason=None).parts.position == "at"


def test_a_group_covers_its_tags_only():
    assert covers("charge.*", "charge.roaming")
    assert not covers("charge.*", "charges.roaming")
    assert not covers("charge.roaming", "charge.roaming_abroad")


def test_the_period_of_a_budget_begins_by_the_local_clock():
    zone = ZoneInfo("Asia/Shanghai")
    budgets = Budgets("month", "all", {}, 0)
    at = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)  # 1 March in Shanghai
    assert period_of(budgets, zone, at) == (at, datetime(2026, 3, 31, 16, 0, tzinfo=UTC))
    assert period_of(replace(budgets, period="quarter"), zone, at)[0] == datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
    assert period_of(replace(budgets, period="year"), zone, at)[1] == datetime(2026, 12, 31, 16, 0, tzinfo=UTC)


WRONG = [
    ("currency: CNY", "currency: yuan", "not_a_currency"),
    ("amount: 30.00", "amount: 30.005", "not_an_amount"),
    ("amount: 30.00", "amount: -1", "not_an_amount"),
    ("amount: 30.00", "amount: 30.00, share: 1.00", "amount_or_share"),
    ("amount: 30.00", "amount: 30.00, cap: 1.00", "bounds_without_share"),
    ("share: 1.00", "share: 100%", "not_a_multiple"),
    ("share: 1.00, cap: 500.00", "share: 1.00, floor: 9.00, cap: 5.00", "min_above_max"),
    ("kind: refund", "kind: refunds", "unknown_grant_kind"),
    ("causes: charge.*", "causes: charge", "not_a_cause"),
    ("severity: 3-4", "severity: 5", "not_a_severity"),
    ("severity: 3-4, ", "", "row_hidden"),
    ("handler:", "handlers:", "unknown_key"),
    ("calendar: service", "calendar: servise", "unknown_calendar"),
    ("waits: 4 working_hours", "waits: soon", "not_a_span"),
    ("period: month", "period: week", "unknown_choice"),
    ("when: above", "when: beyond", "unknown_choice"),
    ("kinds: {data: 20.00}", "kinds: {date: 20.00}", "unknown_key"),
    ("customer_days: 365", "customer_days: 0", "bound_out_of_range"),
    ("per_case: 50.00, ", "", "missing_key"),
]


@pytest.mark.parametrize(("right", "wrong", "code"), WRONG, ids=[row[2] + ":" + row[1] for row in WRONG])
def test_a_mistake_is_told_with_its_place(right: str, wrong: str, code: str):
    assert right in SHORT
    with pytest.raises(DefinitionError) as error:
        load_policy(SHORT.replace(right, wrong, 1), NAMES)
    problem = error.value.problems[0]
    assert problem.code == code
    assert problem.line > 1
    assert not [text for text in (problem.message.zh, problem.message.en) if "{" in text or text.startswith("workflow.")]


def test_a_policy_without_the_section_has_no_such_rule():
    assert load_policy("title: {zh: 政策, en: Policy}", NAMES).compensation is None


def test_the_delivered_policy_names_causes_of_the_tag_library_only():
    policy = load_policy((WORKFLOWS / "policy.yaml").read_text("utf-8"), delivered_names()).compensation
    assert policy is not None
    library = yaml.safe_load((WORKFLOWS / "tags.yaml").read_text("utf-8"))
    tags = {tag["id"] for group in library["groups"] for tag in group["tags"]}
    causes = {cause for part in (policy.schedule, policy.goodwill) for one in part for cause in one.match.causes}
    assert not {cause for cause in causes if not any(covers(cause, tag) for tag in tags)}
    assert policy.approval is not None
    assert set(policy.authority) == {"first_line", "handler", "shop", "account_manager", "supervisor"}


@given(
    st.lists(
        st.tuples(st.sampled_from(["li", "wang"]), st.integers(1, 10_000), st.sampled_from(["at", "above", "below"])), max_size=30
    )
)
def test_the_spread_loses_nothing(drawn: list[tuple[str, int, str]]):
    rows = [
        {
            "id": n,
            "handler": who,
            "segment": None,
            "cause": "charge.roaming",
            "amount_fen": fen,
            "position": where,
            "reason": "other",
        }
        for n, (who, fen, where) in enumerate(drawn)
    ]
    found = spread(rows)
    for groups in (found["by_handler"], found["by_segment"], found["by_cause"]):
        assert sum(group["count"] for group in groups) == found["total"]["count"] == len(rows)
        assert sum(group["sum_fen"] for group in groups) == found["total"]["sum_fen"]
        assert sorted(i for group in groups for i in group["ids"]) == list(range(len(rows)))
    departures = found["total"]["departures"]
    assert sum(one["count"] for one in departures) == sum(where != "at" for _, _, where in drawn)
