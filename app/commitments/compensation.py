"""The policy of compensation: what is due to everybody alike, how far goodwill goes, who may grant and who may approve. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from app.calendars.span import Span
from app.texts import Words

Position = Literal["at", "above", "below"]
WHOLE = 10_000
"""A share of one, in ten-thousandths."""


def in_yuan(fen: int) -> str:
    """1250 fen as "12.50"."""
    return str((Decimal(fen) / 100).quantize(Decimal("0.01")))


@dataclass(frozen=True, slots=True)
class Unit:
    """In what a kind is counted that is not money: gigabytes, days; `fen` is what one of them is worth."""

    title: Words
    fen: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of compensation; `verification` is the level at which the caller must be known for it (0 to 3)."""

    name: str
    title: Words
    verification: int = 0
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Which complaints: a tag, a group as `charge.*`, nothing for all; and which severities."""

    causes: tuple[str, ...] = ()
    severities: frozenset[int] = frozenset({1, 2, 3, 4})

    def cause_of(self, tags: Collection[str], severity: int) -> str | None:
        """The first of `tags` by which a complaint of `severity` is meant; "" where all are; None: it is not meant."""
        if severity not in self.severities:
            return None
        if not self.causes:
            return next(iter(tags), "")
        return next((tag for tag in tags if any(covers(cause, tag) for cause in self.causes)), None)

    def within(self, other: Match) -> bool:
        """Whether every complaint that this one means is meant by `other` too."""
        wide = not other.causes or (bool(self.causes) and all(any(covers(o, c) for o in other.causes) for c in self.causes))
        return wide and self.severities <= other.severities


def covers(cause: str, tag: str) -> bool:
    """Whether `cause`, a tag or a group as `charge.*`, covers `tag` (or another such group)."""
    return cause == tag or (cause.endswith(".*") and tag.startswith(cause[:-1]))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the schedule: `fixed` fen, or `share` (in ten-thousandths) of the proven damage between `floor` and `cap`."""

    name: str
    title: Words
    match: Match
    kind: str
    fixed: int | None = None
    share: int | None = None
    floor: int = 0
    cap: int | None = None

    def fen(self, damage: int | None) -> int | None:
        """What it gives; None where it is a share of a damage that is not known. Half a fen goes to the customer."""
        if self.fixed is not None:
            return self.fixed
        if damage is None:
            return None
        part = (damage * (self.share or 0) * 2 + WHOLE) // (2 * WHOLE)
        return max(self.floor, part if self.cap is None else min(part, self.cap))


@dataclass(frozen=True, slots=True)
class Range:
    """How much goodwill is usual, from `least` to `most`; more needs approval."""

    match: Match
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a role may give: by the schedule in one complaint; of goodwill in one, to one customer, and of one kind in one."""

    due_per_case: int
    per_case: int
    per_customer: int
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Approval:
    """Who may approve up to what; how long it is waited for (`live`: while the customer is on the line)."""

    by: Mapping[str, Limits]
    waits: Span
    calendar: str
    live: Span


@dataclass(frozen=True, slots=True)
class Budgets:
    """What a team may spend in a month, quarter or year; `counts`: goodwill alone, or all."""

    period: Literal["month", "quarter", "year"]
    counts: Literal["goodwill", "all"]
    teams: Mapping[str, int]
    default: int

    def of(self, team: str | None) -> int:
        """The budget of `team`, in fen."""
        return self.teams.get(team or "", self.default)


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason that may be given: for granting above the schedule, below it, or for both."""

    title: Words
    positions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compensation:
    """The section `compensation` of the policy."""

    currency: str
    kinds: Mapping[str, Kind]
    schedule: tuple[Row, ...]
    goodwill: tuple[Range, ...]
    customer_days: int
    authority: Mapping[str, Limits]
    approval: Approval | None
    budgets: Budgets | None
    reasons: Mapping[str, Cause]
    refusals: Mapping[str, Words]

    def rows_of(self, tags: Collection[str], severity: int) -> dict[str, tuple[Row, str]]:
        """By kind, the first row that means such a complaint, and the tag by which it does."""
        found: dict[str, tuple[Row, str]] = {}
        for row in self.schedule:
            cause = row.match.cause_of(tags, severity)
            if cause is not None:
                found.setdefault(row.kind, (row, cause))
        return found

    def range_of(self, tags: Collection[str], severity: int) -> Range | None:
        """The first range of goodwill that means such a complaint; None: no goodwill without approval."""
        return next((r for r in self.goodwill if r.match.cause_of(tags, severity) is not None), None)

    def own(self, roles: Collection[str]) -> Limits | None:
        """What somebody of `roles` may grant alone: of each figure the highest. None: nothing."""
        return widest([self.authority[role] for role in roles if role in self.authority])

    def approving(self, roles: Collection[str]) -> Limits | None:
        """What somebody of `roles` may approve; None: nothing."""
        by = self.approval.by if self.approval is not None else {}
        return widest([by[role] for role in roles if role in by])


def widest(limits: Collection[Limits]) -> Limits | None:
    """Of each figure the highest; a kind is limited where all of `limits` do so."""
    if not limits:
        return None
    kinds = {name for one in limits for name in one.kinds if all(name in other.kinds for other in limits)}
    return Limits(
        max(one.due_per_case for one in limits),
        max(one.per_case for one in limits),
        max(one.per_customer for one in limits),
        {name: max(one.kinds[name] for one in limits) for name in kinds},
    )
