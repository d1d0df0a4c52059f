"""Forms: the JSON Schema and the validator agree, and what is accepted is stored in one normal shape."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from random import Random
from typing import Any, get_args

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.workflow import schema
from app.workflow.definition import Condition, Field, FieldType, Form
from app.workflow.forms import form_facts, recorded_facts, stored, validate, validate_note
from app.workflow.samples import sample
from tests.unit.workflow_builders import field, form, loaded, small

BLANKS = " \t\r\n\u00a0\u3000\ufeff"

# --------------------------------------------------------------------------------------------------------- generators

TEXTS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet=st.sampled_from("ab中 \t\n\r\x00\x1f\x7f\x85\u00a0\u3000\ufeffe\u0301"), max_size=12),
)
DATES = st.one_of(
    st.from_regex(schema.DATE),
    st.dates().map(str),
    st.builds("{:04}-{:02}-{:02}".format, st.integers(1890, 2210), st.integers(0, 13), st.integers(0, 32)),
)
DATETIMES = st.one_of(
    st.from_regex(schema.DATETIME),
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    st.datetimes().map(datetime.isoformat),
    st.builds("{}T{:02}:{:02}:60Z".format, DATES, st.integers(0, 25), st.integers(0, 61)),
)
MONEY = st.one_of(
    st.from_regex(schema.money_pattern(field("m", "money"))),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.builds(
        "{}{}{}".format,
        st.integers(-3, 5_000),
        st.sampled_from(["", ".", ".0", ".00", ".5", ".005"]),
        st.sampled_from(["", "\n", " 元"]),
    ),
)
NUMBERS = st.one_of(st.integers(-5, 20), st.integers(), st.floats(), st.booleans())
CHOICES = st.sampled_from(["a", "b", "c", "A", "", "d"])
CONSTANTS: dict[str, list[Any]] = {"choice": ["a", "b", "c"], "integer": [0, 1, 2], "boolean": [True, False]}
ANYTHING: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    TEXTS,
    DATES,
    DATETIMES,
    MONEY,
    NUMBERS,
    CHOICES,
    st.lists(CHOICES, max_size=4),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=1),
)


def a_field(draw: st.DrawFn, name: str, before: list[Field]) -> Field:
    type_: FieldType = draw(st.sampled_from(get_args(FieldType)))
    options: dict[str, Any] = {"required": draw(st.booleans())}
    if type_ in {"text", "string"}:
        options["max_length"] = draw(st.one_of(st.none(), st.integers(1, 8)))
    if type_ in {"choice", "choices"}:
        options["options"] = ["a", "b", "c"]
    if type_ == "choices":
        options["low"], options["high"] = draw(st.sampled_from([(None, None), (1, 2), (2, 3), (1, 1)]))
    if type_ == "integer":
        low = draw(st.one_of(st.none(), st.integers(-3, 9)))
        options["low"], options["high"] = low, draw(st.one_of(st.none(), st.integers(low or 0, 20)))
    if type_ == "money":
        low = draw(st.integers(0, 40))
        options["low"], options["high"] = (
            low * 100,
            draw(st.one_of(st.none(), st.integers(low, 4_000).map(lambda yuan: yuan * 100))),
        )
    if type_ == "boolean":
        options["must"] = options["required"] and draw(st.booleans())
    comparable = [f for f in before if f.type in {"choice", "integer", "boolean"}]
    conditional: bool = draw(st.booleans())
    if conditional and comparable:
        other = draw(st.sampled_from(comparable))
        chosen = draw(st.lists(st.sampled_from(CONSTANTS[other.type]), min_size=1, max_size=2, unique=True))
        options["when"] = Condition(other.name, tuple(chosen))
    return field(name, type_, **options)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    found: list[Field] = []
    for name in ("f", "g", "h")[: draw(st.integers(1, 3))]:
        found.append(a_field(draw, name, found))
    return form(*found)


@st.composite
def near_misses(draw: st.DrawFn, of: Form) -> dict[str, Any]:
    """Right data with something changed, left out or added."""
    data = sample(of, Random(draw(st.integers(0, 2**32))))
    for name in draw(st.lists(st.sampled_from(["f", "g", "h", "x"]), max_size=2)):
        if draw(st.booleans()):
            data.pop(name, None)
        else:
            data[name] = draw(ANYTHING)
    return data


def admitted(of: Form, data: object) -> bool:
    """Whether the schema admits `data`, to two independent validators that differ in their regular expressions."""
    strict = jsonschema_rs.Draft202012Validator(dict(of.schemas["zh"]), validate_formats=True)
    return strict.is_valid(data)


def without_outer_blanks(data: Any) -> Any:
    if isinstance(data, str):
        return data.strip(BLANKS)
    return {k: without_outer_blanks(v) for k, v in data.items()} if isinstance(data, dict) else data


# ---------------------------------------------------------------------------------------------------------- agreement


@given(st.data())
def test_what_the_schema_admits_the_validator_accepts(data: st.DataObject):
    of = data.draw(forms())
    sent = data.draw(near_misses(of))
    if admitted(of, sent):
        assert validate(of, sent)[1] == ()
    if jsonschema.Draft202012Validator(dict(of.schemas["en"])).is_valid(sent):
        assert validate(of, sent)[1] == ()


@given(st.data())
def test_what_the_validator_accepts_the_schema_admits(data: st.DataObject):
    of = data.draw(forms())
    sent = data.draw(near_misses(of))
    if not validate(of, sent)[1]:
        # Blanks around a value are forgiven by the validator alone.
        assert admitted(of, sent) or admitted(of, without_outer_blanks(sent))


@given(st.data())
def test_samples_fit_their_form(data: st.DataObject):
    of = data.draw(forms())
    sent = sample(of, Random(data.draw(st.integers(0, 2**32))))
    assert admitted(of, sent)
    assert validate(of, sent)[1] == ()


@given(forms())
def test_schemas_are_valid_and_differ_in_words_only(of: Form):
    for lang in ("zh", "en"):
        jsonschema.Draft202012Validator.check_schema(dict(of.schemas[lang]))
    assert of.schemas["zh"].keys() == of.schemas["en"].keys()
    assert of.schemas["zh"]["required"] == of.schemas["en"]["required"]


@given(TEXTS)
def test_accepted_text_is_nfc_without_outer_blanks(text: str):
    for kind in ("text", "string"):
        values, reasons = validate(form(field("f", kind)), {"f": text})
        if not reasons and values:
            kept = values["f"]
            assert isinstance(kept, str)
            assert kept == unicodedata.normalize("NFC", kept).strip(BLANKS) != ""
            assert "\r" not in kept


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
