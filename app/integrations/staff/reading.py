"""A file of people or teams as rows of values: CSV or XLSX by its column names, YAML by its keys; each row with its place.

What a cell holds is read strictly, and what is wrong with it is a reason of the row, not of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import yaml

from app.errors import Invalid, Reason
from app.people.person import Skill

What = Literal["people", "teams"]
_BETWEEN: Final = re.compile(r"[;；|、,，]+")
_YES: Final = frozenset({"true", "yes", "1", "是", "在职"})
_NO: Final = frozenset({"false", "no", "0", "否", "离职"})
ALIASES: Final[Mapping[str, str]] = {
    "工号": "name",
    "用户名": "name",
    "姓名": "display",
    "角色": "roles",
    "班组": "team",
    "支援班组": "helps",
    "在职": "active",
    "启用": "active",
    "技能": "skills",
    "语言": "languages",
    "容量": "capacity",
    "代理人": "deputy",
    "名称": "title_zh",
    "英文名": "title_en",
    "组织": "unit",
    "阶段": "phase",
}
"""Chinese names of columns."""


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One person or team of a file: its line or row, what it is, its name, the values, and what could not be read."""

    number: int
    what: What
    name: str
    values: Mapping[str, Any]
    problems: tuple[Reason, ...] = ()
    cells: tuple[str, ...] = ()


def _list(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in _BETWEEN.split(text) if part.strip()))


def _skill(text: str) -> Skill:
    """`network`, `network:2` or `network:2:2027-06-30`."""
    name, _, rest = text.partition(":")
    level, _, until = rest.partition(":")
    try:
        return Skill(name.strip(), int(level or 1), date.fromisoformat(until.strip()) if until.strip() else None)
    except ValueError:
        raise Invalid(Reason("skill_form", "skills", {"text": text[:60]})) from None


def _flag(text: str) -> bool:
    if text.strip().lower() in _YES:
        return True
    if text.strip().lower() in _NO:
        return False
    raise Invalid(Reason("field_boolean", "active"))


def _whole(text: str) -> int | None:
    if not re.fullmatch(r"[0-9]{1,6}", text.strip()):
        raise Invalid(Reason("field_integer", "capacity"))
    return int(text)


_CELLS: Final[Mapping[What, Mapping[str, Callable[[str], Any]]]] = {
    "people": {
        "display": str,
        "roles": _list,
        "team": str,
        "active": _flag,
        "skills": lambda text: [_skill(part) for part in _list(text)],
        "languages": _list,
        "helps": _list,
        "capacity": _whole,
        "deputy": str,
    },
    "teams": {"title_zh": str, "title_en": str, "unit": str, "phase": str, "capacity": _whole, "active": _flag},
}


def of_cells(what: What, header: tuple[str, ...], cells: tuple[str, ...], number: int) -> StaffRow:
    """A record of a table. A blank cell leaves what is known."""
    known = _CELLS[what]
    given = {ALIASES.get(name.strip(), name.strip().lower()): cell.strip() for name, cell in zip(header, cells, strict=False)}
    values: dict[str, Any] = {}
    problems: list[Reason] = []
    for column, text in given.items():
        if column not in known or not text:
            continue
        try:
            values[column] = known[column](text)
        except Invalid as error:
            problems += error.reasons
    if what == "teams":
        zh, en = values.pop("title_zh", None), values.pop("title_en", None)
        if zh or en:
            values["title"] = {"zh": zh or en, "en": en or zh}
    return _named(StaffRow(number, what, given.get("name", ""), values, tuple(problems), cells))


def unknown_columns(what: What, header: tuple[str, ...]) -> list[str]:
    """Columns that nothing is read from."""
    known = {*_CELLS[what], "name", "row", "field", "code", "reason"}
    return [name for name in header if ALIASES.get(name.strip(), name.strip().lower()) not in known]


@dataclass
class _Tree:
    """A YAML file under reading: rows so far, the zone of its shifts."""

    zone: ZoneInfo
    rows: list[StaffRow] = field(default_factory=list)


_KEYS: Final[Mapping[What, frozenset[str]]] = {
    "people": frozenset({*_CELLS["people"], "name", "shifts"}),
    "teams": frozenset({"name", "title", "unit", "phase", "capacity", "active"}),
}


def of_yaml(path: Path) -> list[StaffRow]:
    """`teams:` and `people:` of a YAML file, teams first. Raises Invalid where it is no such file at all."""
    text = path.read_text("utf-8-sig")
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        loaded = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path.name}:{mark.line + 1}:{mark.column + 1}" if mark else path.name
        raise Invalid(Reason("staff_yaml", place, {"detail": getattr(error, "problem", None) or "?"})) from error
    if not isinstance(loaded, dict) or not loaded.keys() <= {"zone", "teams", "people"}:
        raise Invalid(Reason("staff_yaml_keys", path.name))
    try:
        zone = ZoneInfo(str(loaded.get("zone", "Asia/Shanghai")))
    except (ValueError, OSError, LookupError):
        raise Invalid(Reason("staff_zone", path.name, {"name": str(loaded["zone"])[:60]})) from None
    tree = _Tree(zone)
    lines = _lines(root)
    for what in ("teams", "people"):
        items = loaded.get(what) or []
        if not isinstance(items, list):
            raise Invalid(Reason("staff_yaml_keys", path.name))
        for number, item in enumerate(items):
            tree.rows.append(_of_item(what, item, lines.get((what, number), 1), tree.zone))
    return tree.rows


def _lines(root: Any) -> dict[tuple[str, int], int]:
    """The line on which each item of the file's lists begins."""
    found: dict[tuple[str, int], int] = {}
    for key, value in root.value:
        if isinstance(value, yaml.SequenceNode):
            found |= {(key.value, n): item.start_mark.line + 1 for n, item in enumerate(value.value)}
    return found


def _of_item(what: What, item: Any, line: int, zone: ZoneInfo) -> StaffRow:
    if not isinstance(item, dict):
        return StaffRow(line, what, "", {}, (Reason("field_object", what),))
    values: dict[str, Any] = {}
    problems: list[Reason] = []
    for key, value in item.items():
        if key not in _KEYS[what]:
            problems.append(Reason("field_unknown", str(key)[:60], {"name": str(key)[:60]}))
            continue
        try:
            values[key] = _value(str(key), value, zone)
        except Invalid as error:
            problems += error.reasons
    name = values.pop("name", "")
    return _named(StaffRow(line, what, name if isinstance(name, str) else "", values, tuple(problems)))


def _value(key: str, value: Any, zone: ZoneInfo) -> Any:
    """A value of a YAML item, checked for its type."""
    if key == "skills":
        return [_yaml_skill(one) for one in _listed(key, value)]
    if key == "shifts":
        return [_shift(one, zone) for one in _listed(key, value)]
    if key in {"roles", "languages", "helps"}:
        return [str(one) for one in _listed(key, value)]
    if key == "title":
        if not isinstance(value, dict) or value.keys() != {"zh", "en"}:
            raise Invalid(Reason("staff_title", key))
        return {lang: str(text) for lang, text in value.items()}
    if key == "active" and not isinstance(value, bool):
        raise Invalid(Reason("field_boolean", key))
    if key == "capacity" and value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise Invalid(Reason("field_integer", key))
    return str(value) if key not in {"active", "capacity"} and value is not None else value


def _listed(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid(Reason("field_list", key))
    return value


def _yaml_skill(value: Any) -> Skill:
    if isinstance(value, str):
        return _skill(value)
    if isinstance(value, dict) and value.keys() <= {"name", "level", "until"} and "name" in value:
        level, until = value.get("level", 1), value.get("until")
        if isinstance(level, int) and (until is None or isinstance(until, date)):
            return Skill(str(value["name"]), level, until)
    raise Invalid(Reason("skill_form", "skills", {"text": str(value)[:60]}))


def _shift(value: Any, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """`2026-03-10 08:00-16:00` by the clock of the zone."""
    found = re.fullmatch(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})-(\d{2}:\d{2})", str(value).strip())
    try:
        if found is not None:
            day, start, end = found.groups()
            times = [datetime.fromisoformat(f"{day}T{part}").replace(tzinfo=zone).astimezone(UTC) for part in (start, end)]
            return times[0], times[1]
    except ValueError:
        pass
    raise Invalid(Reason("shift_form", "shifts", {"text": str(value)[:60]}))


def _named(row: StaffRow) -> StaffRow:
    """A row without a name is refused."""
    if row.name.strip():
        return row
    return StaffRow(row.number, row.what, "", row.values, (*row.problems, Reason("field_missing", "name")), row.cells)


def rows_of(path: Path, what: What) -> tuple[list[StaffRow], tuple[str, ...], list[str]]:
    """(rows, header of a table, columns that are not read). Raises FileRefused and Invalid for a file that is none of these."""
    if path.suffix.lower() in {".yaml", ".yml"}:
        return of_yaml(path), (), []
    from app.integrations.feeds.reader import open_source

    source = open_source(path)
    return list(_table(source, what)), source.header, unknown_columns(what, source.header)


def _table(source: Any, what: What) -> Iterator[StaffRow]:
    for row in source.rows():
        if row.problem is not None:
            code, words = row.problem
            yield StaffRow(row.number, what, "", {}, (Reason(code, None, words=words),), row.cells)
        else:
            yield of_cells(what, source.header, row.cells, row.number)
