"""What every clock of a complaint says: one pure function of its marks, its attributes, the policy and the calendars.

Nothing is counted up anywhere. A run that has ended is settled: its figures, and the versions by which they were made, stand
in the marks, and no later change of policy, calendar or severity touches them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from app.calendars.definition import Calendar
from app.calendars.span import parse
from app.calendars.stretches import Allowance, Stretch, allowance, runs_out, used
from app.commitments.clock_marks import Mark, Run, read_marks, runs_of
from app.commitments.clock_policy import BREACH, ClockRule, Clocks, Level, Target

State = Literal["not_started", "running", "paused", "breached", "met", "late", "ended"]
"""`breached`: goes on after its target. `met` and `late`: what it is for was reached, in time or not. `ended`: the complaint
ended, or began anew, before."""
RUNNING = frozenset({"running", "paused", "breached"})


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint as its clocks see it."""

    marks: Sequence[Sequence[Any]]
    severity: int
    tags: Sequence[str]
    channel: str
    team: str | None
    workflow: str
    segment: str | None


class Reading(NamedTuple):
    """What a clock says at a moment, in microseconds. `due_at`: None while it rests; then nobody can say."""

    rule: ClockRule
    round: int
    turn: int
    state: State
    target: Target
    allowed: Allowance
    elapsed: int  # not started: what is allowed is not known yet, for working days depend on the first of them
    started_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    breached_at: datetime | None = None
    rests_in: str | None = None
    stretches: Sequence[Stretch] = ()
    settled: Mapping[str, Any] | None = None

    @property
    def remaining(self) -> int:
        """What is left of the target; negative after the breach."""
        return self.allowed.amount - self.elapsed

    @property
    def counts(self) -> bool:
        """Whether time is running against us now."""
        return self.state in RUNNING and self.rests_in is None


def target_of(rule: ClockRule, case: Case) -> Target:
    """The first row that fits the complaint; the last row fits all."""
    for target in rule.targets:
        if _fits(target, case):
            return target
    return rule.targets[-1]


def _fits(target: Target, case: Case) -> bool:
    return (
        (not target.segments or case.segment in target.segments)
        and (not target.severities or case.severity in target.severities)
        and (not target.tags or any(_tagged(wanted, tag) for wanted in target.tags for tag in case.tags))
        and (not target.channels or case.channel in target.channels)
        and (not target.teams or case.team in target.teams)
        and (not target.workflows or case.workflow in target.workflows)
    )


def _tagged(wanted: str, tag: str) -> bool:
    """`charge.*` means every tag of the group, and the group itself."""
    return tag == wanted or (wanted.endswith(".*") and (tag == wanted[:-2] or tag.startswith(wanted[:-1])))


def readings(clocks: Clocks, case: Case, calendars: Mapping[str, Calendar], at: datetime) -> list[Reading]:
    """Every clock at `at`: in the order of the policy, the runs of earlier rounds before the present one."""
    marks = read_marks(case.marks)
    settled = {
        (mark.value, mark.at): mark.figures for mark in marks if mark.what == "settled" and mark.figures is not None
    }  # fmt: skip
    return [reading for rule in clocks.values() for reading in _each(rule, case, marks, settled, calendars, at)]


def _each(
    rule: ClockRule,
    case: Case,
    marks: Sequence[Mark],
    settled: Mapping[tuple[str, datetime], Mapping[str, Any]],
    calendars: Mapping[str, Calendar],
    at: datetime,
) -> Iterator[Reading]:
    target = target_of(rule, case)
    runs = runs_of(rule, marks)
    for run in runs:
        figures = None if run.ended_at is None else settled.get((rule.name, run.ended_at))
        yield _read(rule, run, target, calendars, at) if figures is None else _kept(rule, run, figures, calendars)
    last = next((int(mark.value) for mark in reversed(marks) if mark.what == "round"), 1)
    if not runs or runs[-1].round < last:
        yield Reading(
            rule, last, 1, "not_started", target, Allowance(_calendar(target, calendars) if target.within.working else None, 0), 0
        )


def _calendar(target: Target, calendars: Mapping[str, Calendar]) -> Calendar:
    """The row's calendar; one that a newer file of calendars has left out is replaced by the one that never closes."""
    return calendars.get(target.calendar) or calendars["always"]


def _read(rule: ClockRule, run: Run, target: Target, calendars: Mapping[str, Calendar], at: datetime) -> Reading:
    allowed = allowance(target.within, _calendar(target, calendars), run.started_at)
    stretches = run.all()
    over = runs_out(allowed, stretches)
    elapsed = used(allowed, stretches, at)
    breached = over if over is not None and over <= (run.ended_at or at) else None
    state: State
    if run.by is not None:
        state = "ended" if run.by != "stops" else "late" if breached is not None else "met"
        due = over if breached is not None else _would_be(allowed, run)
    else:
        state = "breached" if breached is not None else "running" if run.rests_in is None else "paused"
        due = over
    return Reading(
        rule, run.round, run.turn, state, target, allowed, elapsed, run.started_at, run.ended_at, due, breached, run.rests_in,
        stretches,
    )  # fmt: skip


def _would_be(allowed: Allowance, run: Run) -> datetime | None:
    """When a run that ended in time would have been due, had it gone on: how near it was."""
    if run.ended_at is None:
        return None
    *earlier, last = run.stretches or [(run.ended_at, None)]
    goes_on = [*earlier, (last[0], None)] if last[1] in {run.ended_at, None} else [*run.stretches, (run.ended_at, None)]
    return runs_out(allowed, goes_on)


def figures_of(reading: Reading, policy: int, calendars: int) -> dict[str, Any]:
    """What is kept of a run that has ended."""
    return {
        "state": reading.state,
        "row": reading.target.row,
        "within": reading.target.text,
        "calendar": reading.target.calendar,
        "target": reading.allowed.amount,
        "elapsed": reading.elapsed,
        "due": None if reading.due_at is None else reading.due_at.isoformat(),
        "breached": reading.breached_at is not None,
        "policy": policy,
        "calendars": calendars,
    }


def _kept(rule: ClockRule, run: Run, figures: Mapping[str, Any], calendars: Mapping[str, Calendar]) -> Reading:
    due = None if figures["due"] is None else datetime.fromisoformat(figures["due"])
    within = parse(figures["within"])
    row = Target(figures["row"], within, figures["within"], figures["calendar"])
    state: State = figures["state"]
    breached = due if figures["breached"] else None
    allowed = Allowance(_calendar(row, calendars) if within.working else None, figures["target"])
    return Reading(
        rule, run.round, run.turn, state, row, allowed, figures["elapsed"], run.started_at, run.ended_at, due, breached, None,
        run.stretches, figures,
    )  # fmt: skip


def told_of(marks: Sequence[Mark]) -> dict[str, dict[str, datetime]]:
    """When each level of each clock was told last: {clock: {level: when}}."""
    found: dict[str, dict[str, datetime]] = {}
    for mark in marks:
        if mark.what == "told":
            clock, _, level = mark.value.partition(":")
            found.setdefault(clock, {})[level] = mark.at
    return found


def due_of(reading: Reading, level: Level) -> datetime | None:
    """When a level of a running clock is reached; None while it rests, and for one that never comes."""
    if level.name == BREACH:
        return reading.due_at
    amount = level.amount(reading.allowed.amount)
    return runs_out(reading.allowed, reading.stretches, amount) if 0 < amount < reading.allowed.amount else None


def next_level(reading: Reading, told: Mapping[str, datetime]) -> tuple[Level, datetime] | None:
    """What the clock has to tell next, and when, perhaps long ago; None when it rests, or has told all.

    A level has been told if it was told when the present target made it due, or later: so a target that was put off is
    told again, and a pause tells nothing twice. What lies below a level that was told is not told any more.
    """
    if not reading.counts:
        return None
    amount = reading.allowed.amount
    coming: tuple[Level, datetime] | None = None
    for level in (reading.rule.breach, *sorted(reading.rule.warns, key=lambda one: -one.amount(amount))):
        due = due_of(reading, level)
        if due is None:
            continue
        if _told(told, level, due):
            break
        coming = level, due
    return coming


def _told(told: Mapping[str, datetime], level: Level, due: datetime) -> bool:
    at = told.get(level.name)
    return at is not None and at >= due
