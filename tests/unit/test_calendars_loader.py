"""A file of calendars is taken whole or refused with every mistake at its line and column, in both languages."""

from __future__ import annotations

from datetime import date
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.calendars.definition import ALL_DAY, Interval
from app.calendars.loader import load_calendars
from app.calendars.problems import CalendarsError
from app.texts import Words
from tests.house.source import ROOT

GOOD = """\
calendars:
  always: {title: {zh: 全天, en: Always}, zone: UTC, hours: always}
  service:
    title: {zh: 客服, en: Service}
    zone: Asia/Shanghai
    hours:
      mon-thu: ["8:00-12:00", "13:00-24:00"]
      fri: all_day
      sat, sun: ["09:00 - 12:00"]
    holidays: CN
    make_up: ["10:00-11:00"]
    exceptions:
      - {dates: 2026-12-31, hours: ["09:00-12:00"], why: 年末}
      - {dates: 2027-01-02..2027-01-03, hours: closed}
"""


def refused(text: str) -> list[str]:
    with pytest.raises(CalendarsError) as error:
        load_calendars(text, "cal.yaml")
    return [problem.told("cal.yaml", "en") for problem in error.value.problems]


def test_a_calendar_is_read_as_written() -> None:
    service = load_calendars(GOOD)["service"]
    assert service.title == Words("客服", "Service")
    assert service.zone == ZoneInfo("Asia/Shanghai")
    assert service.hours(date(2026, 3, 10)) == (Interval(480, 720), Interval(780, 1440))
    assert service.hours(date(2026, 3, 13)) == ALL_DAY
    assert service.hours(date(2026, 3, 15)) == (Interval(540, 720),)
    assert service.hours(date(2026, 10, 1)) == ()
    assert service.hours(date(2026, 2, 14)) == (Interval(600, 660),)
    assert service.hours(date(2026, 12, 31)) == (Interval(540, 720),)
    assert service.hours(date(2027, 1, 3)) == ()
    assert load_calendars(GOOD)["always"].week == (ALL_DAY,) * 7


def test_the_delivered_calendars_are_right() -> None:
    shipped = load_calendars((ROOT / "workflows" / "calendars.yaml").read_text("utf-8"))
    assert {"service", "office", "always"} <= set(shipped)


@pytest.mark.parametrize(
    ("right", "wrong", "place", "said"),
    [
        ("zone: Asia/Shanghai", "zone: Asia/Shangai", "5:11: service.zone", "Did you mean Asia/Shanghai?"),
        ("zone: Asia/Shanghai", "zone: ../../etc/passwd", "5:11: service.zone", "no time zone"),
        ('"13:00-24:00"', '"11:00-13:00"', "7:31: service.hours.mon-thu", "11:00-13:00 overlaps 08:00-12:00"),
        ('"13:00-24:00"', '"22:00-06:00"', "7:31: service.hours.mon-thu", "split it at midnight"),
        ('"13:00-24:00"', '"13:00-13:00"', "7:31: service.hours.mon-thu", "does not end after it starts"),
        ('"13:00-24:00"', '"13:00-24:30"', "7:31: service.hours.mon-thu", "no time of day"),
        ('"13:00-24:00"', '"13:75-14:00"', "7:31: service.hours.mon-thu", "no time of day"),
        ('"13:00-24:00"', "[1, 2]", "7:31: service.hours.mon-thu", "write 09:00-12:00"),
        ("fri: all_day", "fri: []", "8:12: service.hours.fri", "write closed"),
        ("fri: all_day", "frid: all_day", "8:7: service.hours.frid", "Did you mean fri?"),
        ("fri: all_day", "xyz: all_day", "8:7: service.hours.xyz", "write mon, tue"),
        ("fri: all_day", "thu-fri: all_day", "8:7: service.hours.thu-fri", "“thu” are given twice"),
        ("fri: all_day", "sun-tue: all_day", "8:7: service.hours.sun-tue", "runs backwards"),
        ("holidays: CN", "holidays: CM2", "10:15: service.holidays", "two letters"),
        ("    holidays: CN\n", "", "10:14: service.make_up", "add holidays"),
        ("holidays: CN", "holiday: CN", "10:5: service", "Did you mean holidays?"),
        ("dates: 2026-12-31", "dates: 2026-02-30", "13:17: service.exceptions[1].dates", "no date"),
        ("dates: 2026-12-31", "dates: 31.12.2026", "13:17: service.exceptions[1].dates", "write 2026-12-31"),
        ("2027-01-02..2027-01-03", "2027-01-03..2027-01-02", "14:17: service.exceptions[2].dates", "ends before it starts"),
        ("2027-01-02..2027-01-03", "2026-12-30..2027-01-02", "14:17: service.exceptions[2].dates", "two exceptions for 2026-12-31"),
        (", hours: closed}", "}", "14:9: service.exceptions[2]", "“hours” is missing"),
        ("en: Service", "fr: Service", "4:12: service.title", "“en” is missing"),
        ("en: Service", "en: ''", "4:25: service.title.en", "Write a text"),
        ("    zone: Asia/Shanghai\n", "", "4:5: service", "“zone” is missing"),
        ("  always:", "  Always:", "2:3: Always", "small letters"),
        ("  always:", "  often:", "2:3: calendars", "“always” is needed"),
        ("calendars:", "calendar:", "1:1: ", "Did you mean calendars?"),
        ("  always: {", "  always: &a {", "", ""),
        ("fri: all_day", "fri: *a", "8:12: ", "aliases"),
        ("fri: all_day", "fri: [[[[[[[[[[[[1]]]]]]]]]]]]", "8:", "nested more deeply"),
        ("fri: all_day", "fri: [", "10:", "no valid YAML"),
        ("fri: all_day", "mon-thu: all_day", "8:7: service.hours.mon-thu", "given twice"),
        ("fri: all_day", "? [a]\n      : all_day", "8:9: service.hours", "Write a name"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_remedy(right: str, wrong: str, place: str, said: str) -> None:
    text = GOOD.replace(right, wrong, 1)
    assert text != GOOD
    if not said:
        load_calendars(text)
        return
    found = refused(text)
    assert any(line.startswith(f"cal.yaml:{place}") and said in line for line in found), found


def test_a_calendar_without_working_time_is_refused() -> None:
    closed = dedent(
        """\
        calendars:
          always: {title: {zh: 全天, en: Always}, zone: UTC, hours: always}
          service: {title: {zh: 客服, en: Service}, zone: UTC, hours: {mon: closed}}
        """
    )
    (told,) = refused(closed)
    assert told.startswith("cal.yaml:3:61: service.hours: This calendar has no working time")
    assert told.endswith('such as mon-fri: ["09:00-18:00"], or write hours: always.')


def test_all_mistakes_are_told_at_once_in_both_languages() -> None:
    text = GOOD.replace("Asia/Shanghai", "Mars").replace("all_day", "noon").replace("CN", "C")
    with pytest.raises(CalendarsError) as error:
        load_calendars(text, "cal.yaml")
    assert [problem.line for problem in error.value.problems] == [5, 8, 10]
    assert error.value.code == "calendars_invalid"
    assert error.value.reasons[0].where == "cal.yaml:5:11 service.zone"
    assert "  - cal.yaml:5:11 service.zone: There is no time zone “Mars”" in error.value.full("en")  # an editor jumps there
    assert all(problem.words.zh != problem.words.en for problem in error.value.problems)
    assert "3 处" in error.value.message("zh")
    assert str(error.value).count("\n") == 2


@pytest.mark.parametrize(
    "text", ["", "- 1", "calendars: 3", "calendars: {service: 3}", "\x00", "a: b: c", "x" * 300_000, "[" * 5_000]
)
def test_what_is_no_file_of_calendars_is_refused(text: str) -> None:
    assert refused(text)


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=12), st.sampled_from(["closed", "09:00-12:00", "2026-01-01"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["title", "zone", "hours", "holidays", "make_up", "exceptions", "dates", "mon", "zh"]), inner
        ),
    ),
    max_leaves=12,
)


@given(tree=st.dictionaries(st.sampled_from(["always", "service", "x"]), VALUES))
def test_any_tree_is_read_or_refused(tree: dict[str, object]) -> None:
    try:
        load_calendars(yaml.safe_dump({"calendars": tree}, allow_unicode=True))
    except CalendarsError as error:
        told = str(error)
    else:
        return
    assert told.count("calendars.yaml:") >= 1
