"""Before the first row is stored: dates that are certain, dates that are asked about, keys that contradict."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
import xlsxwriter

from app.integrations.feeds.binding import bind
from app.integrations.feeds.problems import FileRefused, RowProblem
from app.integrations.feeds.reader import Row
from app.integrations.feeds.survey import Repeats, survey
from app.integrations.feeds.targets import MappedRow
from tests.feed_builders import THINGS, codes, made, opened


def look(tmp_path, values, field="made: when", data=None):
    text = data or "id,when\n" + "".join(f'{n},"{value}"\n' for n, value in enumerate(values, 1))
    source = opened(tmp_path, text, **({} if data else {"delimiter": ","}))
    return survey(source, bind(made(f"fields:\n  ref: id\n  {field}\n"), source.header), THINGS)


@pytest.mark.parametrize("values", [["2017-03-04", "", "2017-12-31"], ["2017-03-04T10:00:00Z", "2017-03-04"], ["", ""]])
def test_a_column_that_is_iso_throughout_is_taken(tmp_path, values):
    assert look(tmp_path, values).total == len(values)


QUESTIONS = [
    (["03/04/2017", "05/06/2017"], ["D/M/YYYY", "M/D/YYYY"]),
    (["03/04/2017", "13/04/2017"], ["D/M/YYYY"]),  # only one fits, and yet it is for a person to say
    (["22-04-15", "04-08-15"], ["D-M-YY", "YY-M-D"]),
    (["04-08-15"], ["D-M-YY", "M-D-YY", "YY-M-D"]),
    (["22-Apr-15", "04-Aug-15"], ["DD-MMM-YY"]),
    (["2017/3/4"], ["YYYY/M/D"]),
    (["2017年3月4日"], ["YYYY年M月D日"]),
    (["20170304"], ["YYYYMMDD"]),
    (["3/4/2017 3:53:50 PM"], ["D/M/YYYY h:mm:ss A", "M/D/YYYY h:mm:ss A"]),
    (["2017-03-04", "05/06/2017"], ["D/M/YYYY", "M/D/YYYY"]),
    (["42,798", "soon"], []),
]


@pytest.mark.parametrize(("values", "formats"), QUESTIONS, ids=[v[0] for v, _ in QUESTIONS])
def test_any_other_column_is_asked_about_with_the_lines_to_choose_from(tmp_path, values, formats):
    with pytest.raises(FileRefused) as refusal:
        look(tmp_path, values)
    assert codes(refusal.value) == ["date_format_needed"]
    words = refusal.value.full("en")
    offered = [line.split("format:")[1].split("#")[0].strip() for line in words.splitlines() if "format: " in line and "→" in line]
    assert offered == formats
    assert "“when”" in words
    assert next(v for v in values if v != "2017-03-04") in words


def test_the_question_shows_what_each_answer_would_mean(tmp_path):
    with pytest.raises(FileRefused) as refusal:
        look(tmp_path, ["03/04/2017"])
    words = refusal.value.full("zh")
    assert "format: D/M/YYYY    # 03/04/2017 → 2017-04-03" in words
    assert "format: M/D/YYYY    # 03/04/2017 → 2017-03-04" in words


def test_personal_dates_are_shown_by_their_shape_only(tmp_path):
    with pytest.raises(FileRefused) as refusal:
        look(tmp_path, ["03/04/1981"], "born: when")
    assert "##/##/####" in refusal.value.full("en")
    assert "1981" not in refusal.value.full("en") + refusal.value.full("zh")


@pytest.mark.parametrize("answer", ["D/M/YYYY", "M/D/YYYY"])
def test_a_declared_format_ends_the_question(tmp_path, answer):
    assert look(tmp_path, ["03/04/2017"], f"made: {{column: when, format: {answer}}}").total == 1


def test_a_text_that_means_no_date_is_no_question(tmp_path):
    source = opened(tmp_path, "id,when\n1,N/A\n2,2017-03-04\n")
    found = bind(made("blank: [N/A]\nfields:\n  ref: id\n  made: when\n"), source.header)
    assert survey(source, found, THINGS).total == 2


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        (["2017-03-04 10:00"], "seen: when", "zone_needed"),
        (["2017-03-04"], "seen: {column: when, zone: Asia/Shanghai}", "time_of_day_needed"),
        (["2017-03-04"], "seen: {column: when, time: '12:00'}", "zone_needed"),
    ],
)
def test_a_moment_without_zone_or_time_of_day_is_asked_about(tmp_path, values, field, code):
    with pytest.raises(FileRefused) as refusal:
        look(tmp_path, values, field)
    assert codes(refusal.value) == [code]


def test_dates_that_a_spreadsheet_has_half_changed_are_refused_whatever_is_declared(tmp_path):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "when"])
        sheet.write_row(1, 0, [1, datetime(2017, 3, 4, tzinfo=UTC).replace(tzinfo=None)])  # was 04/03/2017, or 03/04/2017?
        sheet.write_row(2, 0, [2, "13/04/2017"])
    for field in ("made: when", "made: {column: when, format: D/M/YYYY}"):
        with pytest.raises(FileRefused) as refusal:
            look(tmp_path, [], field, buffer.getvalue())
        assert codes(refusal.value) == ["dates_mixed"]


def test_all_open_questions_come_at_once(tmp_path):
    source = opened(tmp_path, "id,a,b\n1,03/04/2017,04/05/2017\n")
    found = bind(made("fields:\n  ref: id\n  made: a\n  born: b\n"), source.header)
    with pytest.raises(FileRefused) as refusal:
        survey(source, found, THINGS)
    assert codes(refusal.value) == ["date_format_needed", "date_format_needed"]


def test_a_row_that_says_the_same_again_is_told_from_one_that_contradicts(tmp_path):
    source = opened(tmp_path, "id,t\n1,a\n2,b\n1,a\n1,c\n")
    found = bind(made("fields:\n  ref: id\n  title: t\n"), source.header)
    repeats = Repeats(survey(source, found, THINGS).repeated, THINGS.key)
    verdicts = [repeats.judge(row) for row in map(found.row, source.rows()) if isinstance(row, MappedRow)]
    assert verdicts[:3] == [False, False, True]
    assert isinstance(verdicts[3], RowProblem)
    assert "Row 2 has the same key" in verdicts[3].words.en


def test_a_broken_row_does_not_hide_the_question(tmp_path):
    source = opened(tmp_path, "id,when\n1,2017-03-04,x\n2,03/04/2017\n", delimiter=",")
    assert isinstance(next(iter(source.rows())), Row)
    with pytest.raises(FileRefused):
        survey(source, bind(made("fields:\n  ref: id\n  made: when\n"), source.header), THINGS)
