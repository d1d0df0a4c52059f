"""Files as rows: what is read, with which numbers, and what is refused instead of guessed."""

from __future__ import annotations

import codecs
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter

from app.integrations.feeds.cells import RealDate, damaged, neutral, restored, text_of
from app.integrations.feeds.problems import FileRefused
from tests.feed_builders import codes, opened

CHINESE = "客户编号,姓名,备注\n1,王小明,套餐太贵了\n2,李雷,一直没有收到会员卡\n"


def cells(source):
    return [row.cells for row in source.rows()]


@pytest.mark.parametrize(
    ("encoding", "declared", "shown"),
    [
        ("utf-8", None, "utf-8"),
        ("utf-8-sig", None, "utf-8"),
        ("gb18030", None, "gb18030"),
        ("gbk", None, "gb18030"),
        ("utf-16", None, "utf-16"),
        ("gb18030", "gb18030", "gb18030"),
        ("big5hkscs", "big5", "big5"),
    ],
)
def test_the_same_file_reads_the_same_in_every_encoding(tmp_path, encoding, declared, shown):
    text = CHINESE if encoding != "big5hkscs" else "客戶編號,姓名,備註\n1,王小明,套餐太貴了\n"
    source = opened(tmp_path, text.encode(encoding), encoding=declared)
    assert [",".join(row) for row in [source.header, *cells(source)]] == text.splitlines()
    assert shown in source.about


def test_western_text_in_one_byte_is_not_taken_for_chinese(tmp_path):
    text = "id,ville\n1,Orléans près de Paris\n2,Besançon\n3,Nîmes\n4,Béziers à côté\n"
    with pytest.raises(FileRefused) as refusal:
        opened(tmp_path, text.encode("cp1252"))
    assert codes(refusal.value) == ["encoding_unknown"]
    assert cells(opened(tmp_path, text.encode("cp1252"), encoding="windows-1252"))[1] == ("2", "Besançon")


def test_a_declared_encoding_that_does_not_fit_is_refused_with_the_line(tmp_path):
    with pytest.raises(FileRefused) as refusal:
        opened(tmp_path, b"id,name\n1,a\n2,\xff\xfe\n", encoding="utf-8")
    assert codes(refusal.value) == ["encoding_wrong"]
    assert "line 3" in refusal.value.full("en")


def test_a_character_cut_in_two_at_the_end_is_noticed(tmp_path):
    with pytest.raises(FileRefused):
        opened(tmp_path, "id,name\n1,王".encode()[:-1])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_when_only_one_is_possible(tmp_path, delimiter):
    lines = [["id", "note"], ["1", "a (b)"], ["2", "c"]]
    source = opened(tmp_path, "\n".join(delimiter.join(line) for line in lines))
    assert [list(source.header), *map(list, cells(source))] == lines


def test_a_delimiter_that_could_be_another_is_asked_for(tmp_path):
    text = "id;note,more\n1;a,b\n2;c,d\n"
    with pytest.raises(FileRefused) as refusal:
        opened(tmp_path, text)
    assert codes(refusal.value) == ["delimiter_ambiguous"]
    assert opened(tmp_path, text, delimiter=";").header == ("id", "note,more")


def test_a_file_of_one_column_needs_no_delimiter(tmp_path):
    assert cells(opened(tmp_path, "id\n1\n2\n")) == [("1",), ("2",)]


def test_rows_carry_the_line_on_which_they_start(tmp_path):
    source = opened(tmp_path, 'id,note\r\n1,"two\r\nlines"\r\n\r\n2,x\r\n')
    assert [(row.number, row.cells) for row in source.rows()] == [(2, ("1", "two\r\nlines")), (5, ("2", "x"))]


def test_a_row_with_other_cells_than_the_header_is_refused_alone(tmp_path):
    source = opened(tmp_path, "id,note\n1,a\n2\n3,b,c\n4,d,\n", delimiter=",")
    assert [(row.number, row.problem[0] if row.problem else None) for row in source.rows()] == [
        (2, None),
        (3, "row_too_short"),
        (4, "row_too_long"),
        (5, None),
    ]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('id,note\n1,a\n2,"never closed\n3,b\n', "quote_unclosed", "line 3"),
        ('id,note\n1,"a"b\n2,c\n', "quote_stray", "line 2"),
        ("id,note\n1," + "x" * 200_000 + "\n", "cell_too_long", "line 2"),
    ],
)
def test_quotes_that_leave_the_borders_of_records_open_refuse_the_file(tmp_path, text, code, line):
    with pytest.raises(FileRefused) as refusal:
        list(opened(tmp_path, text, delimiter=",").rows())
    assert codes(refusal.value) == [code]
    assert line in refusal.value.full("en")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"id,name\n1,a\0b\n", "file_binary"),
        (b"%PDF-1.7 ...", "file_pdf"),
        (b"\x1f\x8b\x08\x00", "file_gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "file_old_excel"),
        (b"PK\x03\x04 not a zip at all", "file_damaged"),
        (b"\n\n  \n", "header_missing"),
        (("," * 600).encode() + b"x\n", "too_many_columns"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path, data, code):
    with pytest.raises(FileRefused) as refusal:
        opened(tmp_path, data, delimiter=",")
    assert codes(refusal.value) == [code]
    assert code not in refusal.value.full("zh") + refusal.value.full("en")


def test_a_header_may_stand_below_a_title(tmp_path):
    source = opened(tmp_path, "Report of March\n\nid, unit  price \n1,2\n", header_row=3, delimiter=",")
    assert source.header == ("id", "unit price")
    assert cells(source) == [("1", "2")]


def book(**sheets) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in rows:
                for column, value in enumerate(row):
                    sheet.write(number - 1, column, value)
    return buffer.getvalue()


def test_sheets_give_text_with_the_rows_of_the_spreadsheet(tmp_path):
    when = datetime(2017, 3, 4, 9, 30, tzinfo=UTC).replace(tzinfo=None)
    rows = [(3, ["id", "zip", "n", "when", "ok"]), (4, [12345.0, "08618", 29.85, when, True]), (7, [-3, "", 0.1 + 0.2, "", False])]
    source = opened(tmp_path, book(data=rows), name="things.bin")
    assert [(row.number, row.cells) for row in source.rows()] == [
        (4, ("12345", "08618", "29.85", "2017-03-04T09:30:00", "true")),
        (7, ("-3", "", "0.3", "", "false")),
    ]
    assert isinstance(next(iter(source.rows())).cells[3], RealDate)


def test_of_several_sheets_one_must_be_named(tmp_path):
    data = book(March=[(1, ["id"]), (2, [1])], April=[(1, ["id"]), (2, [2])], empty=[])
    with pytest.raises(FileRefused) as refusal:
        opened(tmp_path, data)
    assert codes(refusal.value) == ["sheet_ambiguous"]
    assert cells(opened(tmp_path, data, sheet="April")) == [("2",)]
    with pytest.raises(FileRefused) as refusal:
        opened(tmp_path, data, sheet="Aprl")
    assert "Did you mean “April”" in refusal.value.full("en")


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "id\n1\n")
    with pytest.raises(FileRefused) as refusal:
        opened(tmp_path, (tmp_path / "a.zip").read_bytes())
    assert codes(refusal.value) == ["file_zip"]


def test_an_id_that_lost_digits_is_known():
    assert damaged(text_of(123456789012345678.0))
    assert damaged("1.39E+10")
    assert not damaged(text_of(13900000001.0))
    assert not damaged("12345678901234567890")  # as text it lost nothing


@pytest.mark.parametrize(
    "cell", ["=1+1", "+86", "-1", "@sum(a)", "\t=1", "\r=1", " =1", "＝1", "'=1", "''=1", "plain", "", "'quoted'", "a=b"]
)
def test_a_formula_is_neutralised_and_comes_back_as_it_was(cell):
    shown = neutral(cell)
    assert not shown.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
    assert restored(shown) == cell


def test_a_changed_file_is_noticed(tmp_path):
    source = opened(tmp_path, "id\n1\n")
    assert not source.changed()
    Path(tmp_path / "things.csv").write_text("id\n1\n2\n")
    assert source.changed()


def test_a_mark_at_the_start_is_no_part_of_the_first_column(tmp_path):
    assert opened(tmp_path, codecs.BOM_UTF8 + b"id,b\n1,2\n").header == ("id", "b")
