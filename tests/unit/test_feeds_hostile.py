"""Whatever comes in: a table comes back as it was written, and anything else is refused in words, never by a crash."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.feeds.cells import neutral, restored
from app.integrations.feeds.map_loader import load
from app.integrations.feeds.problems import FileRefused, MapError
from app.integrations.feeds.reader import FileSpec, open_source
from app.integrations.feeds.values import convert
from tests.feed_builders import THINGS, made

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
GB_TEXT = st.text(st.sampled_from("客户投诉套餐太贵流量超了,;\"'\n =+-@abc019"), max_size=20)
MAP = """
target: things
file: {encoding: gb18030, delimiter: ";"}
zone: Asia/Shanghai
blank: [N/A]
fields:
  ref: {columns: [a, b], join: "-"}
  title: {template: "{p}[ / {q}]"}
  made: {column: d, format: D/M/YYYY}
  seen: {column: t, format: "YYYY-MM-DD HH:mm"}
  size: {column: s, values: {S: small}, otherwise: large}
keep:
  cost: {column: c, type: money, required: true}
"""


def taken_or_told(work: Callable[[], object]) -> None:
    """`work` succeeds, or is refused with reasons in both languages and, for a map, with their places."""
    told: FileRefused | MapError | None = None
    try:
        work()
    except (FileRefused, MapError) as refusal:
        told = refusal
    if told is not None:
        assert told.reasons
        assert all(reason.message("zh") and reason.message("en") for reason in told.reasons)
    if isinstance(told, MapError):
        assert all(p.line >= 1 and p.column >= 1 for p in told.problems)


def table(rows: list[list[str]], encoding: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=8), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_table_comes_back_as_it_was_written(tmp_path, rows, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes(table([["id", "b", "c"], *rows], encoding))
    found = [row.cells for row in open_source(path, FileSpec(delimiter=",")).rows()]
    assert found == [tuple(row) for row in rows if any(cell.strip() for cell in row)]


@given(st.lists(st.lists(GB_TEXT, min_size=2, max_size=2), max_size=8))
def test_any_chinese_table_in_gb18030_comes_back_as_it_was_written(tmp_path, rows):
    path = tmp_path / "t.csv"
    path.write_bytes(table([["编号", "内容"], *rows], "gb18030"))
    found = [row.cells for row in open_source(path, FileSpec(delimiter=",")).rows()]
    assert found == [tuple(row) for row in rows if any(cell.strip() for cell in row)]


@given(TEXT)
def test_neutralising_is_undone_exactly(cell):
    assert restored(neutral(cell)) == cell


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(tmp_path, data):
    path = tmp_path / "t.bin"
    path.write_bytes(data)
    taken_or_told(lambda: list(open_source(path).rows()))


def test_a_damaged_workbook_is_a_table_or_refused(tmp_path):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number in range(20):
            sheet.write_row(number, 0, ["id", number, "text"])
    path = tmp_path / "t.xlsx"
    whole, dice = buffer.getvalue(), random.Random(7)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 20)):
            data[dice.randrange(4, len(data))] = dice.randrange(256)
        path.write_bytes(bytes(data[: dice.choice([len(data), dice.randrange(5, len(data))])]))
        taken_or_told(lambda: list(open_source(path).rows()))


@given(st.text(max_size=200) | st.sampled_from(MAP.splitlines()).map(lambda line: MAP.replace(line, line[::-1])))
def test_any_text_is_a_map_or_refused_with_places(text):
    taken_or_told(lambda: load(text, THINGS))


@given(st.data())
def test_a_map_with_a_piece_torn_out_is_a_map_or_refused(data):
    start = data.draw(st.integers(0, len(MAP)))
    end = data.draw(st.integers(start, len(MAP)))
    taken_or_told(lambda: load(MAP[:start] + MAP[end:], THINGS))


HOWS = {how.field.name: how for how in made("zone: UTC\nfields: {" + ", ".join(f"{n}: x" for n in THINGS.fields) + "}\n").fields}


@given(TEXT.filter(str.strip), st.sampled_from(sorted(HOWS)))
def test_any_text_is_a_value_or_refused(cell, name):
    found = convert(cell, HOWS[name])
    assert found is not None


@pytest.mark.parametrize("cell", ["9" * 5_000, "-" * 5_000, "1," * 2_000 + "000", "0" * 50_000, "1" + ".0" * 9_000])
def test_long_texts_are_judged_at_once(cell):
    for how in HOWS.values():
        assert convert(cell, how) is not None
