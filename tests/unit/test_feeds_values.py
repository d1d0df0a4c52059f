"""Texts as values: what is read, and what is refused because it could mean two things."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.feeds.cells import LossyNumber, RealDate
from app.integrations.feeds.dates import FormatError, compiled
from app.integrations.feeds.values import Bad
from tests.feed_builders import bound


def read(name, cell, more="{column: x}"):
    how = bound(f"fields:\n  ref: {{constant: r}}\n  {name}: {more}\n" if name != "ref" else "fields:\n  ref: x\n", ["x"])
    return how.value(next(f for f in how.map.fields if f.field.name == name), [cell])


GOOD = [
    ("ref", " 00123 ", "00123"),
    ("ref", "８６１０", "8610"),
    ("title", "two\r\nlines", "two\nlines"),
    ("title", "Cafe\u0301", "Café"),
    ("count", "12", 12),
    ("count", "1,000", 1_000),
    ("count", "１２", 12),
    ("count", "12.0", 12),
    ("price", "29.85", 2_985),
    ("price", "¥1,889.5", 188_950),
    ("price", "-0.05", -5),
    ("price", "30.500", 3_050),
    ("price", "200元", 20_000),
    ("fresh", "Yes", True),
    ("fresh", "否", False),
    ("size", "small", "small"),
    ("made", "2017-03-04", date(2017, 3, 4)),
    ("title", "   ", None),
]


@pytest.mark.parametrize(("name", "cell", "value"), GOOD, ids=[f"{n}: {c!r}" for n, c, _ in GOOD])
def test_what_is_clear_is_taken(name, cell, value):
    assert read(name, cell) == value


REFUSED = [
    ("ref", "1.39E+10", "id_damaged"),
    ("ref", LossyNumber("123456789012346000"), "id_damaged"),
    ("ref", "a\x07b", "control_characters"),
    ("ref", "", "required_blank"),
    ("title", "x" * 51, "too_long"),
    ("count", "1.5", "not_integer"),
    ("count", "1,00", "not_integer"),
    ("count", "1001", "out_of_range"),
    ("count", "9" * 40, "not_integer"),
    ("price", "1.234,56", "not_money"),
    ("price", "1,23", "not_money"),
    ("price", "29.855", "not_money"),
    ("price", "1e3", "not_money"),
    ("fresh", "maybe", "not_boolean"),
    ("size", "Small", "not_a_choice"),
    ("made", "2017-02-30", "date_invalid"),
    ("made", "0017-03-04", "date_invalid"),
]


@pytest.mark.parametrize(("name", "cell", "code"), REFUSED, ids=[f"{n}: {c[:20]!r}" for n, c, _ in REFUSED])
def test_what_is_not_clear_is_refused(name, cell, code):
    found = read(name, cell)
    assert isinstance(found, Bad)
    assert found.code == code
    assert all(text and "{" not in text for text in (found.words.zh, found.words.en))


def test_a_reason_repeats_the_value_unless_it_is_personal():
    assert "Smal" in read("size", "Smal").words.en
    assert "Did you mean “small”" in read("size", "Smal").words.en
    assert "张三" not in read("owner", "张三" * 20).words.zh


@pytest.mark.parametrize(
    ("form", "text", "moment"),
    [
        ("D/M/YYYY", "3/4/2017", "2017-04-03T00:00:00"),
        ("M/D/YYYY", "03/04/2017", "2017-03-04T00:00:00"),
        ("DD-MM-YY", "22-04-15", "2015-04-22T00:00:00"),
        ("DD-MMM-YY", "22-Apr-15", "2015-04-22T00:00:00"),
        ("D MMM YYYY", "3 September 2017", "2017-09-03T00:00:00"),
        ("YYYY年M月D日", "2017年3月4日", "2017-03-04T00:00:00"),
        ("D/M/YYYY h:mm:ss A", "3/4/2017 3:53:50 PM", "2017-04-03T15:53:50"),
        ("YYYY/M/D A h:mm", "2017/3/4 上午 12:05", "2017-03-04T00:05:00"),
        ("YYYYMMDD", "20170304", "2017-03-04T00:00:00"),
        ("YYYY-MM-DDTHH:mm:ssZ", "2017-03-04T10:00:00.250+0800", "2017-03-04T10:00:00+08:00"),
        ("DD/MM/YYYY", "3/4/2017", None),
        ("D/M/YYYY", "31/2/2017", None),
        ("D/M/YYYY", "3/4/2017 ", "2017-04-03T00:00:00"),
        ("D/M/YYYY h:mm A", "3/4/2017 13:00 PM", None),
        ("YYYY-MM-DD", "２０１７-03-04", None),
    ],
)
def test_a_declared_format_reads_exactly_what_it_says(form, text, moment):
    found = compiled(form).read(text)
    assert (found.isoformat() if found else None) == moment


@pytest.mark.parametrize("form", ["%d/%m/%Y", "YYYY-MM", "DD/DD/YYYY", "D/M/YYYY h:mm", "D/M/YYYY mm", "hello", "", "YYYY-MM-DD A"])
def test_a_format_that_does_not_name_a_day_is_refused(form):
    with pytest.raises(FormatError):
        compiled(form)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001 - texts have no zone
def test_what_is_written_in_a_format_is_read_as_the_same_moment(moment):
    moment = moment.replace(microsecond=0)
    written = f"{moment.day}/{moment.month}/{moment.year:04} {moment.hour}:{moment.minute:02}:{moment.second:02}"
    assert compiled("D/M/YYYY H:mm:ss").read(written) == moment


@pytest.mark.parametrize(
    ("more", "cell", "value"),
    [
        ("{column: x, zone: Asia/Shanghai}", "2017-03-04 10:00", datetime(2017, 3, 4, 2, tzinfo=UTC)),
        ("{column: x}", "2017-03-04T10:00:00+08:00", datetime(2017, 3, 4, 2, tzinfo=UTC)),
        ("{column: x, zone: America/New_York, time: '12:00'}", "2017-03-04", datetime(2017, 3, 4, 17, tzinfo=UTC)),
        ("{column: x, zone: America/New_York, format: M/D/YYYY H:mm}", "7/4/2017 12:00", datetime(2017, 7, 4, 16, tzinfo=UTC)),
        # a cell that is a date needs no format, whatever is declared for the texts
        (
            "{column: x, zone: Asia/Shanghai, format: D/M/YYYY H:mm}",
            RealDate("2017-03-04T10:00:00"),
            datetime(2017, 3, 4, 2, tzinfo=UTC),
        ),
        ("{column: x}", "2017-03-04T10:00:00", "zone_needed"),
        ("{column: x, zone: Asia/Shanghai}", "2017-03-04", "time_needed"),
        ("{column: x, zone: America/New_York}", "2017-03-12T02:30:00", "time_skipped"),
        ("{column: x, zone: America/New_York}", "2017-11-05T01:30:00", "time_twice"),
    ],
)
def test_a_moment_has_one_zone_or_is_refused(more, cell, value):
    found = read("seen", cell, more)
    assert (found.code if isinstance(found, Bad) else found) == value


def test_a_table_turns_the_words_of_the_file_into_those_of_the_target():
    table = "{column: x, values: {Yes: true, No: false, Unknown: ~}}"
    assert [read("fresh", cell, table) for cell in ("Yes", " No ", "Unknown")] == [True, False, None]
    refusal = read("fresh", "Noo", table)
    assert refusal.code == "value_unknown"
    assert "Did you mean “No”" in refusal.words.en
    assert read("fresh", "Noo", "{column: x, values: {Yes: true}, otherwise: false}") is False


def test_a_default_stands_for_a_blank_and_for_nothing_else():
    assert read("count", "", "{column: x, default: 7}") == 7
    assert read("count", "x", "{column: x, default: 7}").code == "not_integer"
