"""What is wrong with a rule is told with its place, in both languages, and with the nearest right name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.expression import Environment
from app.rules.facts import FactDecl
from app.rules.problems import ExpressionError
from app.texts import Words
from tests.rule_texts import declarations

REQUIRED = FactDecl("complaint.round", "int", Words("轮次", "round"))
ENV = Environment([*declarations(), REQUIRED])
FORM = {"form.outcome": "string"}


def refused(rule: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as error:
        ENV.compile(rule, FORM)
    return error.value


@pytest.mark.parametrize(
    ("rule", "place", "code", "nearest"),
    [
        ("complaint.sevrity > 3", (1, 1), "unknown_fact_near", "complaint.severity"),
        ("complaint.vip &&\n   complaint.sevrity > 3", (2, 4), "unknown_fact_near", "complaint.severity"),
        ("complaint.vip &&\r\n complaint.sevrity > 3", (2, 2), "unknown_fact_near", "complaint.severity"),
        ("'中𝒳' == segment", (1, 9), "unknown_fact_near", "customer.segment"),
        ("form.outcom == 'x'", (1, 1), "unknown_fact_near", "form.outcome"),
        ("Complaint.Severity > 3", (1, 1), "unknown_fact_near", "complaint.severity"),
        ("known_customer.segmet", (1, 1), "unknown_fact_near", "known_customer.segment"),
        ("weather.today == 'x'", (1, 1), "unknown_fact", None),
        ("complaint.weather == 'x'", (1, 1), "unknown_fact", None),
        ("known_complaint.round", (1, 1), "always_known", None),
        ("customer.name.startWith('a')", (1, 15), "unknown_function_near", "startsWith"),
        ("nonsense(3) == 3", (1, 1), "unknown_function", None),
        ("complaint.vip && day(3) > days(1)", (1, 18), "unknown_function_near", "days"),
        ("has(customer.segment)", (1, 1), "has", None),
        ("complaint.vip && has(form.outcome)", (1, 18), "has", None),
        ("customer.segment == null", (1, 21), "null", None),
        ("customer.?segment == 'a'", (1, 1), "optional", None),
        ("complaint.vip && dyn(complaint.vip)", (1, 18), "dyn", None),
        ("customer.arpu > 200", (1, 17), "bare_money", None),
        ("-5 <= customer.arpu", (1, 1), "bare_money", None),
        ("complaint.severity == 'x'", (1, 20), "wrong_types", None),
        ("complaint.vip && customer.name > 3", (1, 32), "wrong_types", None),
        ("complaint.severity / 2 > 1.5", (1, 24), "mixed_numbers", None),
        ("usage.share > 3 && usage.share < 0x10", (1, 32), "mixed_numbers", None),
        ("complaint.severity", (1, 1), "not_boolean", None),
        ("now - complaint.opened_at > duration('1d')", (1, 29), "bad_duration", None),
        ("customer.name.matches('[')", (1, 23), "impossible", None),
        ("now.getHours('Asia/Peking') > 3", (1, 14), "impossible", None),
        ("usage.share > 3 && timestamp('soon') < now", (1, 20), "impossible", None),
        ("customer.arpu > yuan(19.999)", (1, 17), "impossible", None),
        ("complaint.vip || 1 / 0 == 1", (1, 18), "impossible", None),
        ("complaint.vip = true", (1, 15), "single_equals", None),
        ("complaint.vip and complaint.calm", (1, 15), "word_operator", None),
        ("not complaint.vip", (1, 5), "word_operator", None),
        ("complaint.vip &&", (1, 17), "ends_early", None),
        ("(complaint.vip", (1, 15), "bracket", None),
        ("complaint.vip)", (1, 14), "syntax", None),
        ("customer.name == 'x", (1, 18), "quote", None),
        ("complaint.vip && while", (1, 18), "reserved", None),
        ("complaint.severity == 99999999999999999999", (1, 23), "number_too_large", None),
        (" \n ", (1, 1), "empty", None),
        ("complaint.vip || " * 300 + "true", (1, 4001), "too_long", None),
        ("complaint.vip && \ud800", (1, 18), "bad_character", None),
        ("complaint.vip \x00", (1, 15), "bad_character", None),
    ],
)  # fmt: skip
def test_a_mistake_is_placed_and_named(rule: str, place: tuple[int, int], code: str, nearest: str | None) -> None:
    error = refused(rule)
    assert (error.line, error.column) == place
    assert error.problems[0].code == code
    assert error.nearest == nearest
    assert error.words.zh != error.words.en
    assert "{" not in error.words.en.replace("{…}", "") + error.words.zh
    if nearest:
        assert nearest in error.words.en
        assert nearest in error.words.zh


def test_an_unknown_name_is_given_for_the_search_of_a_better_one() -> None:
    assert refused("complaint.sevrity > 3").unknown == "complaint.sevrity"
    assert refused("customer.name.startWith('a')").unknown == "startWith"
    assert refused("complaint.severity == 'x'").unknown is None


def test_all_problems_are_told_in_the_order_of_the_text() -> None:
    error = refused("complaint.severity > 'a' ||\n  usage.share > 1 && foo == 1 && customer.nam == ''")
    assert [(p.line, p.column, p.code) for p in error.problems] == [
        (1, 20, "wrong_types"),
        (2, 22, "unknown_fact"),
        (2, 34, "unknown_fact_near"),
    ]
    assert [reason.where for reason in error.reasons] == ["1:20", "2:22", "2:34"]
    assert str(error).splitlines()[2].startswith("2:34: No fact “customer.nam”")


def test_the_advice_names_what_to_write() -> None:
    assert "known_customer.segment" in refused("has(customer.segment)").words.zh
    assert "yuan(200)" in refused("customer.arpu > 200").words.en
    assert "days(3)" in refused("now - complaint.opened_at > duration('1d')").words.en
    assert "整数、文本" in refused("complaint.severity == 'x'").words.zh


@given(rule=st.one_of(st.text(max_size=80), st.text(alphabet="abc.()[]{}&|!?:<>=+-*/%'\"\\ \n0123456789xeu_,né中", max_size=60)))
def test_any_text_is_compiled_or_refused_with_its_place(rule: str) -> None:
    try:
        ENV.compile(rule)
    except ExpressionError as error:
        for problem in error.problems:
            assert 1 <= problem.line <= rule.count("\n") + 1
            assert 1 <= problem.column <= len(rule) + 1


@pytest.mark.parametrize(
    "rule",
    ["(" * 1900 + "true" + ")" * 1900, "[" * 3000, "1" + "+1" * 1900 + " > 0", "a." * 1900 + "b", "customer.tags.exists(a," * 100 + "true" + ")" * 100],
)  # fmt: skip
def test_a_text_nested_too_deeply_is_refused(rule: str) -> None:
    assert refused(rule).problems[0].code == "too_deep"


@pytest.mark.parametrize("rule", ["true && " * 480 + "complaint.vip", "!" * 3000 + "complaint.vip"])
def test_a_long_text_that_is_not_deep_is_a_rule(rule: str) -> None:
    assert ENV.compile(rule).evaluate({"complaint.vip": True}).value is True


def test_a_type_that_no_fact_can_have_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="duration"):
        ENV.compile("form.wait > 3", {"form.wait": "duration"})
