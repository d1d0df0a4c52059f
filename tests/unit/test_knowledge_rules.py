"""The pure rules: tags as a checked file, rates before and after, likeness, masking, who may offer what, who answers."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.anonymise import MARKS, masked, personal
from app.catalogue.briefings import Briefing, Offering, Passed, may_offer, score
from app.catalogue.tags import load_tags
from app.commitments.feedback import reminders_due
from app.commitments.rates import EXACT, rate_ratio
from app.complaints.likeness import Rarity, likeness, probes, shared_words, tags_like, weights_of, words_like
from app.complaints.search_tokens import SearchTokens, fold
from app.desk.policy import load_policy
from app.workflow.problems import DefinitionError
from tests.house.source import ROOT
from tests.unit.workflow_builders import delivered_names

WORKFLOWS = Path(ROOT) / "workflows"
TAGS = (WORKFLOWS / "tags.yaml").read_text("utf-8")
POLICY = (WORKFLOWS / "policy.yaml").read_text("utf-8")
AT = datetime(2026, 3, 10, tzinfo=UTC)
TOKENS = SearchTokens(b"k" * 32)
ROLES = frozenset({"marketer", "supervisor", "back_office"})


def told(text: str) -> list[tuple[int, int, str, str | None]]:
    with pytest.raises(DefinitionError) as error:
        load_tags(text)
    return [(p.line, p.column, p.code, p.nearest) for p in error.value.problems]


def test_the_delivered_tags_can_be_read():
    library = load_tags(TAGS, version=3)
    assert library.version == 3
    assert {tag.sensitivity for tag in library.tags.values()} == {"low", "cond", "hard"}
    assert all(tag.group in library.groups and tag.node in library.nodes for tag in library.tags.values())
    assert library.tags["svc.promise_broken"].sensitivity == "hard"


@pytest.mark.parametrize(
    ("old", "new", "code", "near"),
    [
        ("{id: net.slow,", "{id: nett.slow,", "tag_of_other_group", "net.slow"),
        ("{id: net.slow,", "{id: net.indoor,", "named_twice", None),
        ("{id: net.slow,", "{id: slow,", "tag_id", None),
        ("en: Slow data}, node: maintenance", "en: Slow data}, node: maintenence", "tag_node_unknown", "maintenance"),
        (
            "en: Slow data}, node: maintenance, sensitivity: low",
            "en: Slow data}, node: maintenance, sensitivity: lo",
            "tag_sensitivity_unknown",
            "low",
        ),
        ("title: {zh: 上网慢, en: Slow data}", "title: {zh: 上网慢}", "missing_translation", None),
        ("node: maintenance, sensitivity: low}", "nodes: maintenance, sensitivity: low}", "unknown_key", "node"),
    ],
)
def test_a_mistake_in_the_tags_is_told_with_its_place(old: str, new: str, code: str, near: str | None):
    assert old in TAGS
    text = TAGS.replace(old, new, 1)
    ((line, _, found, nearest),) = told(text)
    assert (found, nearest) == (code, near)
    changed = next(n for n, (a, b) in enumerate(zip(TAGS.splitlines(), text.splitlines(), strict=True), 1) if a != b)
    assert line in (changed, changed + 1)  # a repeat is told where it stands the second time


def test_the_policy_says_who_answers_and_knows_the_tags():
    names = delivered_names()
    feedback = load_policy(POLICY, names).feedback
    assert feedback.owner("tariff.promo_end", None).role == "marketer"
    assert feedback.owner("net.slow", None).role == "back_office"
    assert feedback.owner(None, None).role == "supervisor"
    with pytest.raises(DefinitionError) as error:
        load_policy(POLICY.replace("tags: [tariff, sales]", "tags: [tarif, sales]"), names)
    ((problem),) = error.value.problems
    assert (problem.code, problem.nearest) == ("tag_unknown", "tariff")
    for wrong, code in (
        (("role: marketer", "role: marketeer"), "unknown_role"),
        (("answer_days: 10", "answer_days: soon"), "days_expected"),
    ):
        with pytest.raises(DefinitionError) as error:
            load_policy(POLICY.replace(*wrong), names)
        assert [p.code for p in error.value.problems] == [code]


@given(st.integers(0, 60), st.integers(1, 5000), st.integers(0, 60), st.integers(1, 5000))
def test_the_ratio_stands_in_its_interval(a: int, exposure_a: int, b: int, exposure_b: int):
    found = rate_ratio(a, exposure_a, b, exposure_b)
    if a + b == 0:
        assert found.method == "none"
        return
    assert found.low is not None
    if found.ratio is not None:
        assert found.low <= found.ratio + 1e-9
        assert found.high is None or found.ratio <= found.high + 1e-9
    mirrored = rate_ratio(b, exposure_b, a, exposure_a)
    if found.high is not None and mirrored.low:
        assert mirrored.low == pytest.approx(1 / found.high, rel=1e-6)


def test_the_interval_is_the_known_one_and_both_methods_agree():
    # 10 against 20 events at equal exposure: Clopper-Pearson of 10/30 is 0.1729 … 0.5281.
    found = rate_ratio(20, 100, 10, 100)
    assert found.ratio == 0.5
    assert found.low == pytest.approx(0.1729 / 0.8271, abs=0.001)
    assert found.high == pytest.approx(0.5281 / 0.4719, abs=0.002)
    exact, near = rate_ratio(500, 10_000, 500, 10_000), rate_ratio(501, 10_000, 500, 10_000)
    assert (exact.method, near.method) == ("exact", "score")
    assert exact.low is not None
    assert near.low is not None
    assert math.isclose(exact.low, near.low, rel_tol=0.02)
    assert EXACT == 1000
    assert rate_ratio(0, 100, 3, 100).ratio is None
    assert rate_ratio(5, 0, 3, 100).method == "none"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("请打 139 6123 5611 找我", ["phone"]),
        ("0512-65551234 没有人接", ["phone"]),
        ("call +44 20 7946 0958 please", ["phone"]),
        ("身份证 32010219900101123X", ["identity"]),
        ("卡号 6222 0201 1234 5678 901", ["number"]),
        ("单号 260310AMNSK5", ["number"]),
        ("a.b@example.com", ["email"]),
        ("住在中山路12号3栋", ["address"]),
        ("12 Baker Street", ["address"]),
        ("李先生和欧阳女士", ["name", "name"]),
        ("我叫王小明", ["name"]),
        ("Mr. Brown was here", ["name"]),
        ("2026-03-10 扣了 300 元，10086 没有人接，退了 1,250.00 元", []),
        ("先道歉，再退费，客户很满意", []),
    ],
)
def test_what_names_a_person_is_found(text: str, kinds: list[str]):
    assert [one.kind for one in personal(text)] == kinds


@given(st.text(max_size=80), st.lists(st.text(min_size=2, max_size=10), max_size=3))
def test_nothing_that_is_known_of_the_customer_survives_masking(text: str, known: list[str]):
    text = text + "".join(known)
    found = masked(text, known)
    left = found
    for mark in MARKS.values():
        left = left.replace(mark, "\0")
    for word in known:
        assert word.strip() not in left or len(word.strip()) < 2


def test_likeness_is_told_by_rare_words():
    texts = ["漫游流量扣了三百元没有提醒", "宽带掉线师傅没有来", "营业厅态度很差没有人理", "套餐用不完没有提醒"]
    rarity = Rarity.of([TOKENS.index(text).grams for text in texts] * 5)
    own = TOKENS.telling("漫游流量扣费没有提醒")
    folded = fold("漫游流量扣费没有提醒")
    weights = weights_of(own, rarity)
    scores = [words_like(weights, frozenset(TOKENS.index(text).grams)) for text in texts]
    assert scores[0] == max(scores) > 0.4
    assert scores[1] < 0.2
    assert shared_words(folded, own, weights, set(TOKENS.index(texts[0]).grams))[0] == "漫游流量扣"
    asked = probes(own, rarity)
    rare = {gram for grams, _ in asked.all_of for gram in grams}
    assert rare <= own.keys()
    assert {len(grams) for grams, _ in asked.all_of} >= {1, 3}
    assert set(asked.any_of) == {gram for gram in own if not rarity.counts.get(gram)}


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_between_0_and_1(left: str, right: str):
    rarity = Rarity.of([TOKENS.index(left).grams, TOKENS.index(right).grams])
    own = TOKENS.telling(left)
    weights = weights_of(own, rarity)
    found = words_like(weights, frozenset(TOKENS.index(right).grams))
    assert 0 <= found <= 1 + 1e-9
    assert 0 <= likeness(found, tags_like({"a.b"}, {"a.c"})) <= 1
    for word in shared_words(fold(left), own, weights, set(TOKENS.index(right).grams)):
        assert word in fold(left)
    # Every telling gram is one that the index holds: else it could never be found.
    assert own.keys() <= set(TOKENS.index(left).grams)


def test_tags_alike():
    assert tags_like({"charge.roaming"}, {"charge.roaming"}) == 1
    assert tags_like({"charge.roaming"}, {"charge.arrears"}) == pytest.approx(1 / 3)
    assert tags_like({"charge.roaming"}, {"net.slow"}) == 0
    assert tags_like({"a.b", "a.c"}, {"a.b"}) == 0.5


ME, OTHER = UUID(int=1), UUID(int=2)


def briefing(number: int, product: str = "plan", start: int = 0, end: int = 30) -> Briefing:
    return Briefing(UUID(int=number), UUID(int=100), number, product, AT + timedelta(days=start), AT + timedelta(days=end))


@pytest.mark.parametrize(
    ("passed", "day", "allowed"),
    [
        pytest.param([], 1, False, id="not passed -> no"),
        pytest.param([Passed(ME, UUID(int=7), AT)], 1, True, id="passed -> yes"),
        pytest.param([Passed(OTHER, UUID(int=7), AT)], 1, False, id="passed by another -> no"),
        pytest.param([Passed(ME, UUID(int=6), AT)], 1, False, id="passed in an older version -> no"),
        pytest.param([Passed(ME, UUID(int=7), AT + timedelta(days=2))], 1, False, id="passed later -> no"),
        pytest.param([], -1, True, id="briefing not in force yet -> yes"),
        pytest.param([], 30, True, id="briefing over -> yes"),
    ],
)
def test_who_may_offer_a_product(passed: list[Passed], day: int, allowed: bool):
    verdict = may_offer(Offering([briefing(7)], passed), ME, "plan", AT + timedelta(days=day))
    assert verdict.allowed is allowed
    assert bool(verdict.missing) is not allowed
    assert may_offer(Offering([briefing(7)], passed), ME, "other", AT + timedelta(days=day)).allowed


def test_a_score_counts_right_answers():
    questions = [{"right": 0}, {"right": 1}, {"right": 2}]
    assert score(questions, [0, 1, 2]) == 100
    assert score(questions, [0, 0, 2]) == 66
    assert score(questions, [1, 0, 0]) == 0


def test_reminders_come_due_in_turn_and_only_while_it_is_open():
    remind = (timedelta(days=3), timedelta(0))
    item = {"status": "open", "reminded": 0, "due_at": AT}
    assert [reminders_due(item, remind, AT + timedelta(days=d)) for d in (-4, -3, -1, 0, 9)] == [0, 1, 1, 2, 2]
    assert reminders_due({**item, "status": "decided"}, remind, AT) == 0
