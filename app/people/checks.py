"""What may be stored of a person or a team: every mistake with its field and remedy. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from app.access.roles import ASSIGNABLE
from app.errors import Reason
from app.people.policy import MOST_CAPACITY, MOST_LEVEL, PHASES, PeoplePolicy


@dataclass(frozen=True, slots=True)
class House:
    """The names that a person or a team may refer to. No teams at all: any name will do, as long as none is defined."""

    policy: PeoplePolicy
    teams: Collection[str]
    users: Collection[str]


def person_reasons(house: House, name: str, values: Mapping[str, Any]) -> list[Reason]:
    """What is wrong with the values of a person (see `staff.PersonData`)."""
    found: list[Reason] = []
    for number, skill in enumerate(values.get("skills", ())):
        found += _known("skill_unknown", f"skills[{number}].name", skill.name, house.policy.skills)
        if not 1 <= skill.level <= MOST_LEVEL:
            found.append(Reason("number_between", f"skills[{number}].level", {"low": 1, "high": MOST_LEVEL}))
    found += _twice("skills", [skill.name for skill in values.get("skills", ())])
    for number, language in enumerate(values.get("languages", ())):
        found += _known("language_unknown", f"languages[{number}]", language, house.policy.languages)
    for field, names in (("team", [values.get("team")]), ("helps", values.get("helps", ()))):
        for each in names:
            if each is not None and house.teams:
                found += _known("team_unknown", field, each, house.teams)
    for role in values.get("roles", ()):
        found += _known("role_unknown", "roles", role, ASSIGNABLE, role=role)
    deputy = values.get("deputy")
    if deputy is not None and deputy == name:
        found.append(Reason("deputy_self", "deputy"))
    elif deputy is not None:
        found += _known("user_unknown", "deputy", deputy, house.users)
    found += _capacity(values) + _shifts(values.get("shifts", ()))
    return found


def team_reasons(values: Mapping[str, Any], *, new: bool) -> list[Reason]:
    """What is wrong with the values of a team."""
    found = [Reason("field_missing", field) for field in ("title", "phase") if new and field not in values]
    if "phase" in values:
        found += _known("phase_unknown", "phase", values["phase"], PHASES)
    return found + _capacity(values)


def _capacity(values: Mapping[str, Any]) -> list[Reason]:
    capacity = values.get("capacity")
    if capacity is None or 0 <= capacity <= MOST_CAPACITY:
        return []
    return [Reason("number_between", "capacity", {"low": 0, "high": MOST_CAPACITY})]


def _shifts(shifts: Iterable[tuple[datetime, datetime]]) -> list[Reason]:
    given = list(shifts)
    found = [Reason("shift_backwards", f"shifts[{n}]") for n, (start, end) in enumerate(given) if end <= start]
    ordered = sorted(given)
    if not found and any(after[0] < before[1] for before, after in pairwise(ordered)):
        found.append(Reason("shift_overlap", "shifts"))
    return found


def _known(code: str, where: str, name: str, known: Iterable[str], **params: Any) -> list[Reason]:
    """Nothing where `name` is known, else the reason with all that is known and the nearest of it."""
    names = sorted(known)
    if name in names:
        return []
    near = get_close_matches(name[:100], names, 1)
    told = ", ".join([*near, *(n for n in names if n not in near)][:20]) or "-"
    return [Reason(code, where, {"name": name[:80], "known": told, **params})]


def _twice(where: str, names: list[str]) -> list[Reason]:
    return [Reason("field_repeated", where)] if len(set(names)) != len(names) else []
