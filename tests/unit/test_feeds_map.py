"""Maps: every mistake is told with its place and the nearest right name, before anything is read."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from app.integrations.feeds.complaints import ComplaintImporter
from app.integrations.feeds.customers import CustomerImporter
from app.integrations.feeds.map_loader import load
from app.integrations.feeds.problems import MapError
from app.integrations.feeds.reader import Row
from app.integrations.feeds.targets import MappedRow, Target
from tests.feed_builders import THINGS, bound, made


def problems(text):
    with pytest.raises(MapError) as refusal:
        load(text, THINGS, source="map.yaml")
    return [(p.line, p.column, p.code, p.nearest) for p in refusal.value.problems]


HEAD = "target: things\nfields:\n  ref: id\n"

MISTAKES: list[tuple[str, list[tuple[int, int, str, str | None]] | None]] = [
    ("", [(1, 1, "map_empty", None)]),
    ("- a\n", [(1, 1, "mapping_needed", None), (1, 1, "target_missing", None), (1, 1, "fields_missing", None)]),
    ("target: things\nfields: [\n", [(3, 1, "map_not_yaml", None)]),
    ("target: thing\nfields:\n  ref: id\n", [(1, 9, "target_other", "things")]),
    ("target: things\nfeilds:\n  ref: id\n", [(1, 1, "fields_missing", None), (2, 1, "key_unknown", "fields")]),
    ("target: things\nfields:\n  titel: t\n", [(2, 1, "field_missing", None), (3, 3, "field_unknown", "title")]),
    (HEAD + "  ref: other\n", [(4, 3, "key_twice", None)]),
    (HEAD + "  title: {colum: t}\n", [(4, 3, "origin_needed", None), (4, 11, "key_unknown", "column")]),
    (HEAD + "  title: {column: t, constant: x}\n", [(4, 3, "origin_needed", None)]),
    (HEAD + "  title: [a, b]\n", [(4, 3, "origin_needed", None), (4, 10, "field_form", None)]),
    (HEAD + "  title: {column: t, join: x}\n", [(4, 28, "join_alone", None)]),
    (HEAD + "  title: {column: t, required: Yes}\n", [(4, 32, "flag_needed", None)]),
    (HEAD + "  title: {column: t, otherwise: x}\n", [(4, 33, "otherwise_alone", None)]),
    (HEAD + "  title: {template: 'a {b'}\n", [(4, 21, "template_braces", None)]),
    (HEAD + "  title: {template: '[{a}'}\n", [(4, 21, "template_brackets", None)]),
    (HEAD + "  title: {template: 'abc'}\n", [(4, 21, "template_no_column", None)]),
    (HEAD + "  made: {column: d, format: DD/MM}\n", [(4, 29, "format_lacks", None)]),
    (HEAD + "  made: {column: d, format: '%d/%m/%Y'}\n", [(4, 29, "format_wrong", None)]),
    (HEAD + "  title: {column: d, format: D/M/YYYY}\n", [(4, 30, "format_no_date", None)]),
    (HEAD + "  seen: {column: d, format: D/M/YYYY H:mm}\n", [(4, 3, "zone_missing", None)]),
    (
        HEAD + "  seen: {column: d, format: D/M/YYYY, zone: Asia/Shanghia}\n",
        [(4, 3, "time_missing", None), (4, 45, "zone_unknown", "Asia/Shanghai")],
    ),
    (HEAD + "  seen: {column: d, zone: Asia/Shanghai, time: noon}\n", [(4, 48, "time_wrong", None)]),
    (HEAD + "  size: {column: s, values: {S: small, L: larg}}\n", [(4, 43, "constant_wrong", None)]),
    (HEAD + "  count: {constant: many}\n", [(4, 21, "constant_wrong", None)]),
    (HEAD + "keep:\n  title: t\n", [(5, 3, "keep_is_field", None)]),
    (HEAD + "keep:\n  city: {column: c, type: txt}\n", [(5, 27, "type_unknown", "text")]),
    (
        HEAD + "file: {encoding: utf8, delimiter: x, header_row: 0}\n",
        [(4, 18, "encoding_not_known", "utf-8"), (4, 35, "delimiter_not_known", None), (4, 50, "header_row_not_number", None)],
    ),
    (HEAD + "title: {en: Things}\n", [(4, 8, "words_needed", None)]),
    (HEAD + "blank: {a: b}\n", [(4, 8, "text_needed", None)]),
    ("[" * 3_000, [(1, 1, "map_too_deep", None)]),
    (HEAD + "title: &a {zh: *a}\n", None),
    (HEAD + "# \x00\n", [(1, 1, "map_not_yaml", None)]),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES, ids=[str(n) for n in range(len(MISTAKES))])
def test_a_mistake_is_told_with_line_column_and_nearest_name(text, expected):
    found = problems(text)
    if expected is not None:
        assert found == expected


def test_all_mistakes_are_told_at_once_and_in_both_languages():
    with pytest.raises(MapError) as refusal:
        load("target: things\nfields:\n  titel: t\n  made: {column: d, format: x}\n", THINGS, source="map.yaml")
    english, chinese = refusal.value.full("en"), refusal.value.full("zh")
    assert "map.yaml:3:3: “things” have no field “titel”. Did you mean “title”?" in english
    assert "map.yaml:3:3: “things”没有字段“titel”。是否想写“title”?" in chinese
    assert len(refusal.value.reasons) == 3
    assert "{" not in english.replace("{zh", "")


def test_a_column_that_the_file_lacks_is_told_where_the_map_names_it():
    with pytest.raises(MapError) as refusal:
        bound("fields:\n  ref: customer id\n  title: {template: '{Nme}: {x}'}\n", ["CustomerID", "Name", "x", "x"])
    assert [(p.line, p.column, p.code, p.nearest) for p in refusal.value.problems] == [
        (3, 8, "column_unknown", "CustomerID"),
        (4, 21, "column_unknown", "Name"),
        (4, 21, "column_twice", None),
    ]


def test_columns_that_nothing_reads_are_named():
    assert bound("fields:\n  ref: id\nkeep: [b]\n", ["id", "a", "b", ""]).unused == ("a",)


def row(how, *cells):
    return how.row(Row(7, cells))


def test_a_row_is_composed_as_the_map_says():
    how = bound(
        """
        blank: [N/A, "-"]
        fields:
          ref: {columns: [a, b], join: "-"}
          title: {template: "{p}[ / {q}]: {r}"}
          made: {columns: [d, t], format: D/M/YYYY h:mm A}
          owner: {first_of: [n, m]}
        keep:
          cost: {column: c, type: money}
          since: {column: e, type: date}
          zip: z
        """,
        list("abpqrdtnmcez"),
    )
    found = row(how, "1", "2", "P", "N/A", "R", "3/4/2017", "3:53 PM", "-", "Li", "1,889.5", "2017-03-04", "08618")
    assert found == MappedRow(
        7,
        {"ref": "1-2", "title": "P: R", "made": date(2017, 4, 3), "owner": "Li"},
        {"cost": "1889.50", "since": "2017-03-04", "zip": "08618"},
    )
    full = row(how, "1", "", "P", "Q", "R", "3/4/2017", "3:53 PM", "", "", "", "", "")
    assert isinstance(full, MappedRow)
    assert full.values["title"] == "P / Q: R"
    assert full.values["ref"] == "1"
    gap = row(how, "1", "", "", "Q", "R", "3/4/2017", "3:53 PM", "", "", "", "", "")
    assert isinstance(gap, MappedRow)
    assert "title" not in gap.values


def test_everything_wrong_with_a_row_is_told_with_field_and_column():
    how = bound("fields:\n  ref: id\n  count: n\n  price: {column: p, required: true}\n", ["id", "n", "p"])
    found = row(how, "1", "many", "")
    assert [(p.field, p.column, p.code) for p in found] == [("count", "n", "not_integer"), ("price", "p", "required_blank")]


def test_yes_and_no_stay_what_they_are():
    how = bound("fields:\n  ref: id\n  fresh: {column: f, values: {Yes: true, No: false, on: true}}\n", ["id", "f"])
    assert [row(how, "1", word).values.get("fresh") for word in ("Yes", "No", "on")] == [True, False, True]


def test_a_map_is_known_by_its_text():
    text = "fields:\n  ref: id\n"
    assert made(text).sha256 == made(text).sha256 != made(text + "# a note\n").sha256


ROOT = Path(__file__).parents[2]
TARGETS: dict[str, Target] = {"customers": CustomerImporter, "complaints": ComplaintImporter}


@pytest.mark.parametrize("page", ["import.md", "import.zh-CN.md"])
def test_the_maps_of_the_handbook_are_right(page):
    blocks = re.findall(r"```yaml\n(target: (\w+)\n.*?)```", (ROOT / "docs" / "how-to" / page).read_text("utf-8"), re.DOTALL)
    assert blocks
    for text, target in blocks:
        assert load(text, TARGETS[target], source=page).fields


@pytest.mark.parametrize("path", sorted((ROOT / "workflows" / "maps").glob("*.yaml")), ids=lambda p: p.name)
def test_the_shipped_maps_are_right(path):
    text = path.read_text("utf-8")
    (target,) = re.findall(r"^target: (\w+)", text, re.MULTILINE)
    assert load(text, TARGETS[target], source=path.name).title


@pytest.mark.parametrize(("kind", "target"), TARGETS.items())
def test_the_handbook_names_every_field(kind, target):
    page = (ROOT / "docs" / "how-to" / "import.md").read_text("utf-8")
    assert not [name for name in target.fields if f"`{name}`" not in page]
