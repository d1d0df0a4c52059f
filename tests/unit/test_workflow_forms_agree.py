"""The JSON Schema of a form and the validator agree on every value."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from random import Random
from typing import Any, get_args

import jsonschema
import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from app.workflow import schema
from app.workflow.definition import Condition, Field, FieldType, Form
from app.workflow.forms import validate
from app.workflow.samples import sample
from tests.unit.workflow_builders import field, form

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
