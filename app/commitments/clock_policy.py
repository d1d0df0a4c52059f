"""The clocks of `policy.yaml` as frozen values: what starts, stops and pauses each, its targets, what is done at its levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.calendars.span import Span
from app.texts import Words

BREACH: Final = "breach"
"""The level that every clock has: its target is used up."""


@dataclass(frozen=True, slots=True)
class When:
    """Which marks of a complaint are meant; any of them.

    `opened`: it was opened, or a new round of it. `moved`: it left a stage. `means`, `kinds`: of the step taken, of the stage
    entered. `contacts`: who spoke with whom, "in" or "out".
    """

    opened: bool = False
    moved: bool = False
    means: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()

    def fits(self, what: str, value: str) -> bool:
        """Whether a mark is meant."""
        match what:
            case "opened" | "round":
                return self.opened
            case "means":
                return value in self.means
            case "kind":
                return self.moved or value in self.kinds
            case "arrived":
                return value in self.kinds
            case "contact":
                return value in self.contacts
        return False


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the list of targets: for whom it is meant (an empty condition: for everybody), and within which time."""

    row: int
    within: Span
    text: str
    calendar: str
    segments: frozenset[str] = frozenset()
    severities: frozenset[int] = frozenset()
    tags: tuple[str, ...] = ()
    channels: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    workflows: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Actions:
    """What is done at a level: who is told, to whom it goes, how severe it becomes at least, which step is taken."""

    notify: tuple[str, ...] = ()
    reassign: str | None = None
    team: str | None = None
    severity: int | None = None
    transition: str | None = None
    line: int = field(default=1, compare=False)
    """Of the step's name in the file."""


@dataclass(frozen=True, slots=True)
class Level:
    """A moment before the target is used up, as a share of it or so much before; or the breach."""

    name: str
    percent: int = 100
    before: int = 0
    actions: Actions = field(default_factory=Actions)

    def amount(self, target: int) -> int:
        """How much of `target` is used up then, in microseconds; nothing or less where it never comes."""
        return target * self.percent // 100 - self.before


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A clock as configured."""

    name: str
    title: Words
    starts: When
    stops: When
    resumes: When
    restarts: When
    pauses: frozenset[str]
    targets: tuple[Target, ...]
    warns: tuple[Level, ...]
    breach: Level

    def level(self, name: str) -> Level | None:
        """The level called so."""
        return self.breach if name == BREACH else next((level for level in self.warns if level.name == name), None)


Clocks = Mapping[str, ClockRule]
