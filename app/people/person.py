"""A person at work as a frozen value: skills that expire, presence, who counts as there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

RECEIVING = "available"
"""The presence in which work is pushed to somebody."""
OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Skill:
    """What somebody is able to do, from 1 to 5, and the last day on which that counts."""

    name: str
    level: int = 1
    until: date | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is stored and shown."""
        return {"name": self.name, "level": self.level, "until": None if self.until is None else self.until.isoformat()}


@dataclass(frozen=True, slots=True)
class Person:
    """A user at work. `helps`: further teams whose queue this person drains; `shift_until`: then nobody counts on him any more."""

    id: UUID
    name: str
    display: str
    roles: tuple[str, ...]
    team: str | None
    active: bool
    skills: tuple[Skill, ...] = ()
    languages: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    capacity: int | None = None
    deputy: str | None = None
    presence: str = OFFLINE
    presence_since: datetime | None = None
    shift_until: datetime | None = None
    version: int = 0

    def able(self, today: date) -> dict[str, int]:
        """Skill → level, of those that have not expired: the last day still counts."""
        return {s.name: s.level for s in self.skills if s.until is None or s.until >= today}

    def absent_since(self, now: datetime) -> datetime | None:
        """Since when this person is not there; None: is there. Somebody who never said so is not."""
        if self.presence == OFFLINE or self.presence_since is None:
            return self.presence_since or datetime.min.replace(tzinfo=now.tzinfo)
        if self.shift_until is not None and self.shift_until <= now:
            return self.shift_until
        return None

    def receives(self, now: datetime) -> bool:
        """Whether work may be pushed to this person now."""
        return self.active and self.presence == RECEIVING and self.absent_since(now) is None


def skills_of(value: Sequence[Mapping[str, Any]]) -> tuple[Skill, ...]:
    """The skills stored in a row."""
    return tuple(Skill(s["name"], s["level"], date.fromisoformat(s["until"]) if s.get("until") else None) for s in value)
