"""Exports: the same rows in three forms, no cell that acts, a stream that never holds the whole."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from app.errors import Invalid
from app.integrations.feeds.export import Column, check_format, export
from app.texts import Words

COLUMNS = [
    Column("id", Words("编号", "Id")),
    Column("text", Words("内容", "Text")),
    Column("paid", Words("金额", "Paid"), money=True),
    Column("count", Words("次数", "Count")),
    Column("ok", Words("满意", "Satisfied")),
    Column("at", Words("时间", "At")),
    Column("tags", Words("标签", "Tags")),
    Column("more", Words("其他", "More")),
]
ROWS = [
    {"id": "=HYPERLINK(1)", "text": "太贵了,\n\"真的\"", "paid": -1250, "count": -3, "ok": True, "at": datetime(2026, 3, 10, 2, tzinfo=UTC), "tags": ["a.b", "c"], "more": {"x": 1}},
    {"id": "@sum", "text": "\t=1+1", "paid": None, "count": 0.5, "ok": False, "at": None, "tags": [], "more": None, "unasked": "secret"},
    {"id": "00123", "text": "-5", "paid": 3000, "count": 10**17, "ok": None, "at": None, "tags": ["+1"], "more": "＝x"},
]  # fmt: skip


async def stream(rows):
    for row in rows:
        yield row


async def exported(form, rows=ROWS, **options) -> bytes:
    return b"".join([piece async for piece in export(stream(rows), COLUMNS, form, **options)])


async def test_csv_is_read_by_spreadsheets_and_acts_in_none():
    data = await exported("csv", lang="zh")
    assert data.startswith("\ufeff编号,内容,金额".encode())
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1:] == [
        ["'=HYPERLINK(1)", '太贵了,\n"真的"', "-12.50", "-3", "true", "2026-03-10T02:00:00+00:00", "a.b; c", '{"x":1}'],
        ["'@sum", "'\t=1+1", "", "0.5", "false", "", "", ""],
        ["00123", "'-5", "30.00", str(10**17), "", "", "'+1", "'＝x"],
    ]
    assert not (await exported("csv", bom=False)).startswith(b"\xef\xbb\xbf")


async def test_a_workbook_keeps_numbers_as_numbers_and_texts_as_texts(tmp_path):
    data = await exported("xlsx", folder=tmp_path)
    (tmp_path / "x.xlsx").write_bytes(data)
    sheet = CalamineWorkbook.from_path(tmp_path / "x.xlsx").get_sheet_by_index(0).to_python()
    assert sheet[0] == ["Id", "Text", "Paid", "Count", "Satisfied", "At", "Tags", "More"]
    assert sheet[1][:6] == ["'=HYPERLINK(1)", '太贵了,\n"真的"', -12.5, -3.0, True, "2026-03-10T02:00:00+00:00"]
    assert sheet[3][:4] == ["00123", "'-5", 30.0, str(10**17)]  # more digits than a spreadsheet keeps: text
    assert [path.name for path in tmp_path.iterdir()] == ["x.xlsx"]


async def test_lines_of_json_give_values_as_they_are():
    first, second, _ = map(json.loads, (await exported("jsonl")).splitlines())
    assert first == {
        "id": "=HYPERLINK(1)",
        "text": "太贵了,\n\"真的\"",
        "paid": "-12.50",
        "count": -3,
        "ok": True,
        "at": "2026-03-10T02:00:00+00:00",
        "tags": ["a.b", "c"],
        "more": {"x": 1},
    }  # fmt: skip
    assert "unasked" not in second


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
async def test_nothing_to_export_is_a_file_all_the_same(form, tmp_path):
    data = await exported(form, [], folder=tmp_path)
    assert bool(data) is (form != "jsonl")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_bytes_leave_before_the_last_row_is_read(form):
    read = 0

    async def many():
        nonlocal read
        for number in range(5_000):
            read += 1
            yield {"id": str(number)}

    pieces = export(many(), COLUMNS, form)
    await anext(pieces)
    await anext(pieces)
    assert read < 1_000
    await pieces.aclose()  # type: ignore[attr-defined]


async def test_a_reader_who_leaves_leaves_nothing_behind(tmp_path):
    pieces = export(stream([{"id": os.urandom(40).hex()} for _ in range(20_000)]), COLUMNS, "xlsx", folder=tmp_path)
    await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def aged(folder: Path, seconds: int) -> None:
    folder.mkdir()
    made = folder.stat().st_mtime - seconds
    os.utime(folder, (made, made))


async def test_what_a_killed_export_left_is_removed_by_a_later_one(tmp_path):
    aged(tmp_path / "amends-export-old", 90_000)
    aged(tmp_path / "amends-export-running", 0)
    aged(tmp_path / "other", 90_000)
    await exported("xlsx", folder=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"amends-export-running", "other"}


async def test_text_that_no_file_can_hold_does_not_stop_the_export(tmp_path):
    for form in ("csv", "xlsx"):
        assert await exported(form, [{"id": "a\ud800b", "text": "x" * 40_000}], folder=tmp_path)


def test_an_unknown_format_is_refused_with_those_there_are():
    assert check_format("xlsx") == "xlsx"
    with pytest.raises(Invalid) as refusal:
        check_format("pdf")
    assert "csv, xlsx, jsonl" in refusal.value.full("en")
