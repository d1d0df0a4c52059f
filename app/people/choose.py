"""Who gets a complaint that is given out: the person able to do it who has the least in hand. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.people.person import Person


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person with what is in hand now, how much may be, and what today's skills are."""

    person: Person
    load: int
    room: int | None
    able: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a complaint asks for: a team (None: any), skills with their levels, a language; not one of `without`."""

    team: str | None
    skills: Mapping[str, int]
    language: str | None = None
    roles: Collection[str] = ()
    without: Collection[UUID] = ()


def lacks(candidate: Candidate, wanted: Wanted, now: datetime) -> str | None:
    """The first thing that keeps `candidate` from the complaint, as a code; None: nothing does."""
    person = candidate.person
    if not person.active or (wanted.roles and not set(wanted.roles) & set(person.roles)):
        return "role"
    if wanted.team is not None and person.team is not None and wanted.team not in {person.team, *person.helps}:
        return "team"
    if person.id in wanted.without:
        return "passed_on"
    if any(candidate.able.get(skill, 0) < level for skill, level in wanted.skills.items()):
        return "skill"
    if wanted.language is not None and person.languages and wanted.language not in person.languages:
        return "language"
    if not person.receives(now):
        return "absent"
    if candidate.room is not None and candidate.load >= candidate.room:
        return "full"
    return None


def choose(candidates: Iterable[Candidate], wanted: Wanted, now: datetime) -> tuple[Candidate | None, dict[str, int]]:
    """The one who gets it, and how many were kept from it by what.

    The least share of the capacity in hand comes first, then the least in hand, then who waits longest, then the name:
    of equals always the same one, so that a repeat gives the same answer.
    """
    kept: dict[str, int] = {}
    best: Candidate | None = None
    for candidate in candidates:
        why = lacks(candidate, wanted, now)
        if why is not None:
            kept[why] = kept.get(why, 0) + 1
        elif best is None or _rank(candidate, now) < _rank(best, now):
            best = candidate
    return best, kept


def _rank(candidate: Candidate, now: datetime) -> tuple[float, int, datetime, str]:
    share = candidate.load / candidate.room if candidate.room else 0.0
    return share, candidate.load, candidate.person.presence_since or now, candidate.person.name
