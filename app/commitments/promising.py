"""May this be promised by then? Pure: the kind, the department and its calendar in, the reasons against it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.calendars.definition import Calendar
from app.calendars.time import add
from app.commitments.departments import Department
from app.commitments.promise_kinds import DEFAULT_CALENDAR, PromiseKind
from app.commitments.said.reading import moment
from app.errors import Reason
from app.texts import Lang, Words, say

LEADS: Final = frozenset({"supervisor", "admin"})
"""Whose word outweighs the department's lead time."""


@dataclass(frozen=True, slots=True)
class Ground:
    """On what a promise of a kind stands: the calendar it is counted on, its department, whether that took the work on."""

    kind: PromiseKind
    calendar: Calendar
    department: Department | None = None
    accepted: bool = False

    def earliest(self, at: datetime) -> datetime | None:
        """By when the department usually has it done, begun at `at`; None where it has no lead time."""
        lead = self.kind.lead_time or (self.department.lead_time if self.department is not None else None)
        return None if lead is None else add(self.calendar, at, lead)


def free_kind(name: str) -> PromiseKind:
    """A kind where the policy has no section `promises`: no rule but that it has an owner and a date."""
    return PromiseKind(name, Words(name, name), "result", DEFAULT_CALENDAR, frozenset())


def objections(ground: Ground, due: datetime, at: datetime) -> list[Reason]:
    """Why a result may not be promised by `due` without a supervisor; each tells both ways on. Progress may be promised."""
    if ground.kind.word == "progress":
        return []
    earliest = ground.earliest(at)
    title = ground.department.title if ground.department is not None else ground.kind.title
    told = {
        "department": title,
        "earliest": _told(ground.calendar, earliest),
        "due": moment(ground.calendar, due),
        "say": say_progress(ground, due),
    }
    found: list[Reason] = []
    if earliest is not None and due < earliest:
        found.append(bilingual("promise_too_early", "due", told))
    if ground.department is not None and not ground.accepted:
        found.append(bilingual("promise_not_accepted", "kind", told))
    return found


def say_progress(ground: Ground, due: datetime) -> Words:
    """What to tell the customer in place of a result."""
    local = ground.calendar.local(due)
    return Words(
        say("zh", "promises.say_progress", when=f"{local.month}月{local.day}日{local:%H:%M}"),
        say("en", "promises.say_progress", when=f"{local.day} {local:%B}, {local:%H:%M}"),
    )


def _told(calendar: Calendar, at: datetime | None) -> str:
    return moment(calendar, at) if at is not None else "-"


def bilingual(code: str, where: str, params: dict[str, Any]) -> Reason:
    """A reason whose parameters are words of both languages."""

    def told(lang: Lang) -> str:
        return say(lang, f"reasons.{code}", **{n: v.in_(lang) if isinstance(v, Words) else v for n, v in params.items()})

    return Reason(code, where, words=Words(told("zh"), told("en")))
