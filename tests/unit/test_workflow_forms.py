"""What is filled into a form is kept in one normal shape, or refused with field and remedy."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.workflow.definition import Condition, Field
from app.workflow.forms import form_facts, recorded_facts, stored, validate, validate_note
from tests.unit.workflow_builders import field, form, loaded, small

# ------------------------------------------------------------------------------------------- the table: sent -> result

NORMAL: list[tuple[Field, Any, Any]] = [
    (field("f", "text"), " 第一行\r\n第二行 ", "第一行\n第二行"),
    (field("f", "text"), "cafe\u0301", "café"),
    (field("f", "string"), "　张先生 ", "张先生"),
    (field("f", "choice", options=["yes", "no"]), "no", "no"),
    (field("f", "choices", options=["a", "b", "c"]), ["c", "a"], ["c", "a"]),
    (field("f", "integer", low=1, high=5), 5, 5),
    (field("f", "integer"), 3.0, 3),
    (field("f", "money"), "12.5", 1250),
    (field("f", "money"), "0", 0),
    (field("f", "money", high=20_000), "200.00", 20_000),
    (field("f", "boolean"), False, False),
    (field("f", "boolean", must=True, required=True), True, True),
    (field("f", "date"), "2024-02-29", date(2024, 2, 29)),
    (field("f", "datetime"), "2026-11-21T09:30:00+08:00", datetime(2026, 11, 21, 1, 30, tzinfo=UTC)),
    (field("f", "datetime"), "2026-11-21T09:30:00.5Z", datetime(2026, 11, 21, 9, 30, 0, 500_000, tzinfo=UTC)),
]


@pytest.mark.parametrize(("of", "sent", "kept"), NORMAL, ids=lambda v: repr(v.type) if isinstance(v, Field) else repr(v)[:40])
def test_values_are_kept_in_one_shape(of: Field, sent: Any, kept: Any):
    values, reasons = validate(form(of), {"f": sent})
    assert reasons == ()
    assert values == {"f": kept}
    assert type(values["f"]) is type(kept)


REFUSED: list[tuple[Field, Any, str]] = [
    (field("f", "text"), "a\x00b", "field_control_character"),
    (field("f", "text"), "\ud800", "field_control_character"),
    (field("f", "string"), "a\nb", "field_control_character"),
    (field("f", "string"), "x" * 201, "field_too_long"),
    (field("f", "text", required=True), " \n ", "field_missing"),
    (field("f", "text"), 5, "field_not_text"),
    (field("f", "text"), None, "field_not_text"),
    (field("f", "choice", options=["yes", "no"]), "ye", "field_not_an_option"),
    (field("f", "choice", options=["yes", "no"]), "vielleicht", "field_not_an_option"),
    (field("f", "choices", options=["a", "b"]), "a", "field_not_a_list"),
    (field("f", "choices", options=["a", "b"]), ["a", "a"], "field_chosen_twice"),
    (field("f", "choices", options=["a", "b"], required=True), [], "field_choice_count"),
    (field("f", "integer"), True, "field_not_an_integer"),
    (field("f", "integer"), 1.5, "field_not_an_integer"),
    (field("f", "integer"), float("inf"), "field_not_an_integer"),
    (field("f", "integer"), 10**30, "field_out_of_range"),
    (field("f", "money"), 12.5, "field_not_text"),
    (field("f", "money"), "12.345", "field_not_money"),
    (field("f", "money"), "-1", "field_not_money"),
    (field("f", "money"), "007", "field_not_money"),
    (field("f", "money"), "1e3", "field_not_money"),
    (field("f", "money", high=20_000), "200.01", "field_out_of_range"),
    (field("f", "boolean"), 1, "field_not_a_boolean"),
    (field("f", "boolean", must=True, required=True), False, "field_must_be_ticked"),
    (field("f", "date"), "2023-02-29", "field_not_a_date"),
    (field("f", "date"), "2100-02-29", "field_not_a_date"),
    (field("f", "date"), "21.11.2026", "field_not_a_date"),
    (field("f", "datetime"), "2026-11-21T09:30:01", "field_not_a_datetime"),
    (field("f", "datetime"), "2026-11-21T24:00:00Z", "field_not_a_datetime"),
    (field("f", "datetime"), 1_700_000_000, "field_not_text"),
]


@pytest.mark.parametrize(("of", "sent", "code"), REFUSED, ids=lambda v: v.type if isinstance(v, Field) else repr(v)[:40])
def test_refusals_name_field_and_remedy_without_the_value(of: Field, sent: Any, code: str):
    _, (reason,) = validate(form(of), {"f": sent})
    assert (reason.code, reason.where) == (code, "data.f")
    assert reason.words is not None
    assert "workflow.form" not in reason.words.zh + reason.words.en
    if isinstance(sent, str) and len(sent) > 5:
        assert sent not in reason.words.en  # it may be personal


def test_all_fields_are_told_at_once_in_the_order_of_the_form():
    of = form(
        field("name", "string", required=True), field("age", "integer"), field("plan", "choice", options=["a"], required=True)
    )
    _, reasons = validate(of, {"age": "x", "plna": "a"})
    assert [(r.code, r.where) for r in reasons] == [
        ("field_missing", "data.name"),
        ("field_not_an_integer", "data.age"),
        ("field_missing", "data.plan"),
        ("field_unknown", "data.plna"),
    ]
    assert reasons[-1].words is not None
    assert "“plan”" in reasons[-1].words.en


def test_a_conditional_field_is_asked_for_while_its_condition_holds():
    of = form(
        field("kind", "choice", options=["refund", "other"], required=True),
        field("yuan", "money", required=True, when=Condition("kind", ("refund",))),
    )
    assert [r.code for r in validate(of, {"kind": "refund"})[1]] == ["field_missing"]
    assert validate(of, {"kind": "refund", "yuan": "5"})[0] == {"kind": "refund", "yuan": 500}
    assert [r.code for r in validate(of, {"kind": "other", "yuan": "5"})[1]] == ["field_not_applicable"]
    assert validate(of, {"kind": "other"})[1] == ()
    assert of.schemas["en"]["required"] == ["kind"]


@pytest.mark.parametrize("data", [[], "x", None, 5])
def test_data_must_be_an_object(data: object):
    assert [(r.code, r.where) for r in validate(form(field("f", "text")), data)[1]] == [("data_not_object", "data")]


def test_a_step_without_a_form_takes_no_data():
    assert validate(None, {}) == ({}, ())
    assert [r.code for r in validate(None, {"f": 1})[1]] == ["field_unknown"]


@pytest.mark.parametrize(
    ("note", "required", "kept", "codes"),
    [
        (None, False, None, []),
        ("  ", False, None, []),
        (None, True, None, ["note_required"]),
        (" \n", True, None, ["note_required"]),
        (" 已电话告知 ", True, "已电话告知", []),
        ("\x07", False, None, ["field_control_character"]),
        ("x" * 4_001, False, None, ["field_too_long"]),
        (7, True, None, ["field_not_text"]),
    ],
)
def test_notes(note: object, required: bool, kept: str | None, codes: list[str]):
    value, reasons = validate_note(note, required=required)
    assert (value, [r.code for r in reasons]) == (kept, codes)
    assert all(r.where == "note" for r in reasons)


# ------------------------------------------------------------------------------------------------------- as facts


def test_facts_of_a_form_are_timestamps_and_fen():
    of = form(field("day", "date"), field("at", "datetime"), field("yuan", "money"), field("left_out", "text"))
    values, _ = validate(of, {"day": "2026-11-21", "at": "2026-11-21T08:00:00+08:00", "yuan": "1"})
    assert form_facts(values) == {
        "form.day": datetime(2026, 11, 21, tzinfo=UTC),
        "form.at": datetime(2026, 11, 21, tzinfo=UTC),
        "form.yuan": 100,
    }


def test_what_was_recorded_comes_back_as_facts_and_sealed_values_only_as_known():
    definition = loaded(
        small(
            ('        when: result == "bad"\n', "      due: {type: datetime, title: {zh: 期限, en: Due}}\n"),
            (
                "expr: complaint.severity < 3",
                'expr: known_recorded.why || (known_recorded.due && recorded.due < now && recorded.result == "bad")',
            ),
        )
    )
    kept = stored(validate(definition.forms["answer"], {"result": "bad", "why": "迟", "due": "2026-11-21T08:00:00+08:00"})[0])
    assert kept == {"result": "bad", "why": "迟", "due": "2026-11-21T00:00:00Z"}
    facts = recorded_facts(definition, {**kept, "why": {"text": "0190"}})
    assert facts["recorded.due"] == datetime(2026, 11, 21, tzinfo=UTC)
    guard = definition.steps["work"]["finish"].guards[0]
    assert guard.expression.evaluate({**facts, "now": datetime(2026, 1, 1, tzinfo=UTC)}).value is True
    assert guard.expression.evaluate({"now": datetime(2026, 1, 1, tzinfo=UTC)}).value is False
