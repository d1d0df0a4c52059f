"""The digest of a complaint's events that clocks read, and each clock's runs as they follow from it.

A mark is [time, what] with `what` one of `opened:working`, `round:2`, `contact:in`, `contact:out`, `severity:3`, `means:solve`,
`kind:working`, `told:answer:80` (a level was told); `settled:answer` has the figures of a run that ended beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from app.calendars.stretches import Stretch
from app.commitments.clock_policy import ClockRule

FINAL = "final"


class Mark(NamedTuple):
    """One mark, its time read."""

    at: datetime
    what: str
    value: str
    figures: Mapping[str, Any] | None


def read_marks(marks: Sequence[Sequence[Any]]) -> list[Mark]:
    """The marks as stored in the complaint's column."""
    found = []
    for mark in marks:
        what, _, value = mark[1].partition(":")
        found.append(Mark(datetime.fromisoformat(mark[0]), what, value, mark[2] if len(mark) > 2 else None))
    return found


def mark_of(at: datetime, what: str, figures: Mapping[str, Any] | None = None) -> list[Any]:
    """A mark as stored."""
    return [at.isoformat(), what] if figures is None else [at.isoformat(), what, dict(figures)]


def early_marks(complaint: Mapping[str, Any]) -> list[list[Any]]:
    """The digest of a complaint whose events were not yet digested as they came: what its columns still tell."""
    marks = [mark_of(complaint["opened_at"], "opened")]
    if complaint["round"] > 1:
        marks.append(mark_of(max(complaint["opened_at"], complaint["state_since"]), f"round:{complaint['round']}"))
    told = complaint["resolved_at"]
    if told is not None:
        marks.append(mark_of(max(told, complaint["opened_at"]), "means:solve"))
    since = complaint["state_since"]
    if since > complaint["opened_at"] or complaint["kind"] != "working":
        marks.append(mark_of(max(since, told or since, complaint["opened_at"]), f"kind:{complaint['kind']}"))
    return marks


@dataclass(slots=True)
class Run:
    """One run of a clock: since when, in which stretches it counted, how and when it ended.

    `open_since` is the beginning of the stretch that goes on, None while it rests. `by` is what ended it: "stops" when it has
    reached what it is for, "final" or "round" when the complaint ended or began anew before. `turn` counts its restarts.
    """

    round: int
    turn: int
    started_at: datetime
    stretches: list[Stretch] = field(default_factory=list)
    open_since: datetime | None = None
    ended_at: datetime | None = None
    by: str | None = None
    rests_in: str | None = None

    def all(self) -> list[Stretch]:
        """Its stretches, the one that goes on included."""
        return [*self.stretches, (self.open_since, None)] if self.open_since is not None else self.stretches

    def begin(self, at: datetime, kind: str, pauses: frozenset[str]) -> None:
        """Count from `at`, unless the stage is one in which it rests."""
        self.ended_at = self.by = None
        self.rests_in = kind if kind in pauses else None
        self.open_since = None if kind in pauses else at

    def rest(self, at: datetime) -> None:
        """Count no longer."""
        if self.open_since is not None and self.open_since < at:
            self.stretches.append((self.open_since, at))
        self.open_since = None

    def end(self, at: datetime, by: str) -> None:
        """It is over."""
        self.rest(at)
        self.ended_at, self.by, self.rests_in = at, by, None


def runs_of(rule: ClockRule, marks: Sequence[Mark]) -> list[Run]:
    """All runs of a clock, in order. A restart replaces the run by a new turn of it; a round or a new start adds one."""
    runs: list[Run] = []
    run: Run | None = None
    kind, number, arriving = "working", 1, False
    for mark in marks:
        at, what, value, _ = mark
        if what in {"opened", "kind"}:
            kind = value or kind
            if arriving:  # where the step leads that began the round: nobody has moved it on since
                what, arriving = "arrived", False
        elif what == "round":
            number, arriving = int(value), True
            if run is not None and run.by is None:
                run.end(at, "round")
            run = None
        stopped = False
        if run is not None and run.by is None:
            stopped = rule.stops.fits(what, value)
            if stopped:
                run.end(at, "stops")
            elif rule.restarts.fits(what, value):
                run = runs[-1] = Run(number, run.turn + 1, at)
                run.begin(at, kind, rule.pauses)
            elif what in {"kind", "arrived"}:
                _turned(run, at, kind, rule.pauses)
        elif run is not None and _goes_on(rule, run, mark):
            run.begin(at, kind, rule.pauses)
        if (run is None or run.by is not None) and not stopped and rule.starts.fits(what, value):
            run = Run(number, 1 if run is None else run.turn + 1, at)
            run.begin(at, kind, rule.pauses)
            runs.append(run)
    return runs


def _goes_on(rule: ClockRule, run: Run, mark: Mark) -> bool:
    """Whether a run that has ended goes on: as the rule says, or since the complaint left its end without a new round."""
    return rule.resumes.fits(mark.what, mark.value) or (run.by == FINAL and mark.what == "kind" and mark.value != FINAL)


def _turned(run: Run, at: datetime, kind: str, pauses: frozenset[str]) -> None:
    """The stage is now of `kind`: end, rest, or go on."""
    if kind == FINAL:
        run.end(at, FINAL)
    elif kind in pauses:
        run.rest(at)
        run.rests_in = kind
    elif run.open_since is None:
        run.begin(at, kind, pauses)
