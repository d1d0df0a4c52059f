"""Reads the section `compensation` of policy.yaml; every mistake is told with its place. Amounts are decimal yuan, read exactly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeVar

from app.commitments import reading
from app.commitments.compensation import Approval, Budgets, Cause, Compensation, Kind, Limits, Match, Range, Row, Unit, in_yuan
from app.workflow.reader import Reader, Section
from app.workflow.reading import Names, each_of, number, of_form, one_value, titled
from app.workflow.telling import cut
from app.workflow.yaml_source import Node

_YUAN: Final = re.compile(r"(0|[1-9][0-9]{0,7})(?:\.([0-9]{1,2}))?")
_SHARE: Final = re.compile(r"([0-9]{1,2})(?:\.([0-9]{1,4}))?")
_CAUSE: Final = of_form(re.compile(r"[a-z][a-z0-9_-]{0,39}\.([a-z][a-z0-9_-]{0,39}|\*)"))
_CURRENCY: Final = of_form(re.compile(r"[A-Z]{3}"))
_POSITIONS: Final = {"above": frozenset({"above"}), "below": frozenset({"below"}), "both": frozenset({"above", "below"})}
_FIGURES: Final = ("due_per_case", "per_case", "per_customer")
T = TypeVar("T")


def read_compensation(reader: Reader, node: Node | None, names: Names) -> Compensation | None:
    """The section; None where the file has none, or where it could not be read."""
    if node is None:
        return None
    section = reader.section(
        node,
        required=("currency", "kinds", "customer_days", "authority"),
        optional=("schedule", "goodwill", "approval", "budgets", "reasons", "refusals"),
    )
    if section is None:
        return None
    kinds = {name.text: _kind(reader, name.text, value) for name, value in section.entries("kinds").items()}
    schedule = _schedule(reader, section, kinds, names)
    authority = {role: _limits(reader, value, kinds) for role, value in _by_role(section, "authority", names).items()}
    approval = _approval(section, names, kinds)
    reasons = {name.text: _cause(reader, value) for name, value in section.entries("reasons").items()}
    return Compensation(
        currency=one_value(section, "currency", _CURRENCY, "not_a_currency") or "CNY",
        kinds=_known(kinds),
        schedule=schedule,
        goodwill=tuple(r for r in (_range(reader, item, names) for item in section.items("goodwill")) if r is not None),
        customer_days=number(section, "customer_days", 1, 3_660) or 1,
        authority=_known(authority),
        approval=approval,
        budgets=_budgets(section),
        reasons=_known(reasons),
        refusals=titled(section, "refusals"),
    )


def _kind(reader: Reader, name: str, node: Node) -> Kind | None:
    section = reader.section(node, required=("title",), optional=("verification", "unit"))
    title = section.words("title") if section is not None else None
    if section is None or title is None:
        return None
    level = number(section, "verification", 0, 3)
    unit = section.section("unit", required=("title", "value"))
    if unit is None:
        return Kind(name, title, level or 0)
    called, fen = unit.words("title"), _yuan(unit, "value")
    if fen == 0:
        reader.problems.add(unit.mark_of("value"), "not_an_amount", name="0")
    return None if called is None or not fen else Kind(name, title, level or 0, Unit(called, fen))


def _schedule(reader: Reader, section: Section, kinds: Mapping[str, Kind | None], names: Names) -> tuple[Row, ...]:
    rows: list[Row] = []
    for item in section.items("schedule"):
        one = reader.section(
            item, required=("name", "title", "kind"), optional=("causes", "severity", "amount", "share", "floor", "cap")
        )
        row = None if one is None else _row(reader, one, kinds, names)
        if row is None:
            continue
        if any(before.name == row.name for before in rows):
            reader.problems.add(item.mark, "named_twice", name=row.name)
        hides = next((before for before in rows if before.kind == row.kind and row.match.within(before.match)), None)
        if hides is not None:
            reader.problems.add(item.mark, "row_hidden", name=row.name, other=hides.name)
        rows.append(row)
    return tuple(rows)


def _row(reader: Reader, one: Section, kinds: Mapping[str, Kind | None], names: Names) -> Row | None:
    name, title, kind = one.name("name"), one.words("title"), one.one_of("kind", kinds, "unknown_grant_kind")
    fixed, share, floor, cap = (
        _yuan(one, "amount"),
        one_value(one, "share", _share, "not_a_multiple"),
        _yuan(one, "floor"),
        _yuan(one, "cap"),
    )
    if (one.get("amount") is None) == (one.get("share") is None):
        reader.problems.add(one.mark, "amount_or_share")
    if one.get("share") is None and not (one.get("floor") is None and one.get("cap") is None):
        reader.problems.add(one.mark, "bounds_without_share")
    if floor is not None and cap is not None and floor > cap:
        reader.problems.add(one.mark_of("floor"), "min_above_max", low=floor, high=cap)
    unit = found.unit if kind is not None and (found := kinds[kind]) is not None else None
    if unit is not None and fixed is not None and fixed % unit.fen:
        reader.problems.add(one.mark_of("amount"), "not_whole_units", value=in_yuan(unit.fen))
    match = _match(one, names)
    if name is None or title is None or kind is None:
        return None
    return Row(name.text, title, match, kind, fixed, share, floor or 0, cap)


def _range(reader: Reader, item: Node, names: Names) -> Range | None:
    one = reader.section(item, required=("to",), optional=("causes", "severity", "from"))
    if one is None:
        return None
    least, most = _yuan(one, "from") or 0, _yuan(one, "to")
    if most is not None and least > most:
        reader.problems.add(one.mark_of("from"), "min_above_max", low=least, high=most)
    return None if most is None else Range(_match(one, names), least, most)


def _match(one: Section, names: Names) -> Match:
    causes, severities = each_of(one, "causes", names.tagging, "tag_unknown", (_CAUSE, "not_a_cause")), reading.severities(one)
    return Match(causes, severities) if severities else Match(causes)


def _limits(reader: Reader, node: Node, kinds: Mapping[str, Kind | None]) -> Limits | None:
    section = reader.section(node, required=_FIGURES, optional=("kinds",))
    if section is None:
        return None
    by_kind: dict[str, int] = {}
    part = section.get("kinds")
    inner = None if part is None else reader.section(part, optional=kinds)
    for name in kinds:
        fen = None if inner is None else _yuan(inner, name)
        if fen is not None:
            by_kind[name] = fen
    due, case, customer = (_yuan(section, name) for name in _FIGURES)
    return None if due is None or case is None or customer is None else Limits(due, case, customer, by_kind)


def _by_role(section: Section, name: str, names: Names) -> dict[str, Node]:
    node = section.get(name)
    inner = None if node is None else section.reader.section(node, optional=sorted(names.roles))
    found = {role: inner.get(role) for role in names.roles} if inner is not None else {}
    return {role: value for role, value in sorted(found.items()) if value is not None}


def _approval(section: Section, names: Names, kinds: Mapping[str, Kind | None]) -> Approval | None:
    one = section.section("approval", required=("by", "waits", "calendar", "live"))
    if one is None:
        return None
    by = {role: _limits(section.reader, value, kinds) for role, value in _by_role(one, "by", names).items()}
    calendar = one.one_of("calendar", names.calendars, "unknown_calendar")
    waits, live = reading.span(one, "waits"), reading.span(one, "live")
    return None if waits is None or live is None or calendar is None else Approval(_known(by), waits, calendar, live)


def _budgets(section: Section) -> Budgets | None:
    one = section.section("budgets", required=("period", "counts", "default"), optional=("teams",))
    if one is None:
        return None
    period = one.one_of("period", ("month", "quarter", "year"), "unknown_choice")
    counts = one.one_of("counts", ("goodwill", "all"), "unknown_choice")
    teams: dict[str, int] = {}
    for item in one.items("teams"):
        row = section.reader.section(item, required=("team", "amount"))
        node = row.get("team") if row is not None else None
        team = section.reader.scalar(node) if node is not None else None
        fen = _yuan(row, "amount") if row is not None else None
        if team is not None and fen is not None:
            if team.text in teams:
                section.reader.problems.add(team.mark, "named_twice", name=cut(team.text))
            teams[team.text] = fen
    default = _yuan(one, "default")
    return None if period is None or counts is None or default is None else Budgets(period, counts, teams, default)  # type: ignore[arg-type]


def _cause(reader: Reader, node: Node) -> Cause | None:
    section = reader.section(node, required=("title",), optional=("when",))
    if section is None:
        return None
    title, when = section.words("title"), section.one_of("when", _POSITIONS, "unknown_choice")
    return None if title is None else Cause(title, _POSITIONS[when or "both"])


def _yuan(section: Section, name: str) -> int | None:
    return one_value(section, name, _fen, "not_an_amount")


def _fen(text: str) -> int:
    found = _YUAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _share(text: str) -> int:
    found = _SHARE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * 10_000 + int((found[2] or "").ljust(4, "0"))


def _known(values: Mapping[str, T | None]) -> dict[str, T]:
    return {name: value for name, value in values.items() if value is not None}
