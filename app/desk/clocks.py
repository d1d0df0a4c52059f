"""Clocks at the desk: every change leaves its marks, settles what has ended, and arms what each clock has to tell next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from app.audit.events import Event
from app.commitments.clock_marks import early_marks, mark_of, read_marks
from app.commitments.clocks import Reading, figures_of, next_level, told_of
from app.db.statement import Insert
from app.desk.readings import CLOCK, readings_of
from app.desk.situation import Situation
from app.desk.step import timer_row
from app.workflow.definition import Definition

RETIME = "retime_clocks"
"""The kind of the job that arms the clocks of running complaints anew."""
TELLING = {"clock_warned": "warned", "clock_breached": "breached"}
"""The events of a level that was told."""


class Timed(NamedTuple):
    """What a change did to the clocks: the complaint's patch, timer rows, and what each clock says now."""

    patch: dict[str, Any]
    inserts: list[Insert]
    readings: Sequence[Reading]


class Clocked(NamedTuple):
    """A change together with what it did to the clocks."""

    situation: Situation
    inserts: list[Insert]
    events: list[Event]
    readings: Sequence[Reading]


def timed(definition: Definition, after: Situation, events: Sequence[Event]) -> Timed:
    """What `events` change of the clocks of the complaint that is as in `after`; nothing where nothing does.

    The timers of a clock that rests, stops or has another target leave `armed`; their rows find themselves superseded.
    """
    complaint = after.complaint
    before = complaint["marks"]
    digest = early_marks(complaint) if before is None else before
    if before is not None:
        digest = [*before, *_marks(definition, complaint, events)]
    elif any(event.type == "opened" for event in events):
        digest = list(_marks(definition, complaint, events))
    found = _readings(after, digest)
    versions = after.terms.policy.version, after.terms.calendars_version
    ended = [one for one in found if one.ended_at is not None and one.settled is None]
    if ended:
        digest = [*digest, *(mark_of(_ended(one), f"settled:{one.rule.name}", figures_of(one, *versions)) for one in ended)]
        found = _readings(after, digest)
    armed, inserts = _armed(after, digest, found)
    due = min((datetime.fromisoformat(entry["due"]) for entry in armed.values()), default=None)
    deadline = min((one.due_at for one in found if one.counts and one.due_at is not None), default=None)
    wanted = {"marks": digest, "armed": armed, "due_at": due, "next_deadline": deadline}
    return Timed({name: value for name, value in wanted.items() if complaint[name] != value}, inserts, found)


def with_clocks(definition: Definition, after: Situation, inserts: Sequence[Insert], events: Sequence[Event]) -> Clocked:
    """A change together with what it does to the clocks, which its last numbered event tells of."""
    patch, timers, found = timed(definition, after, events)
    told = list(events)
    if patch:
        own = after.complaint["id"]
        last = max(n for n, event in enumerate(told) if event.seq is not None and event.complaint_id == own)
        told[last] = replace(told[last], patch={**told[last].patch, **patch})
    return Clocked(after.with_(patch), [*inserts, *timers], told, found)


def _readings(after: Situation, digest: Sequence[Sequence[Any]]) -> Sequence[Reading]:
    return readings_of({**after.complaint, "marks": digest}, after.customer, after.terms, after.at)


def _ended(reading: Reading) -> datetime:
    assert reading.ended_at is not None  # noqa: S101 - narrows the type: only those are settled
    return reading.ended_at


def _armed(after: Situation, digest: Sequence[Sequence[Any]], found: Sequence[Reading]) -> tuple[dict[str, Any], list[Insert]]:
    """What is armed now, and the new rows. Whatever was armed for the same moment stays."""
    complaint = after.complaint
    told = told_of(read_marks(digest))
    armed = {name: entry for name, entry in complaint["armed"].items() if not name.startswith(f"{CLOCK}:")}
    inserts: list[Insert] = []
    for reading in found:
        coming = next_level(reading, told.get(reading.rule.name, {}))
        if coming is None:
            continue
        level, due = coming
        name = f"{CLOCK}:{reading.rule.name}:{level.name}"
        entry = complaint["armed"].get(name)
        if entry is None or entry["due"] != due.isoformat():
            entry = {"seq": complaint["version"], "due": due.isoformat()}
            inserts.append(timer_row(name, CLOCK, after, due))
        armed[name] = entry
    return armed, inserts


def _marks(definition: Definition, complaint: Mapping[str, Any], events: Sequence[Event]) -> Iterator[list[Any]]:
    """The marks of events, in the order in which clocks read those of one step: who spoke before what that meant."""
    group: list[tuple[int, list[Any]]] = []
    for event in events:
        if event.complaint_id != complaint["id"]:
            continue
        if event.seq is not None:
            yield from (mark for _, mark in sorted(group, key=lambda one: one[0]))
            group = []
        said = event.occurred_at if event.type == "opened" and "taken_over" not in event.data else None
        at = event.at if said is None else said
        group += [(rank, mark_of(at, what)) for rank, what in enumerate(_told(definition, event)) if what]
    yield from (mark for _, mark in sorted(group, key=lambda one: one[0]))


def _told(definition: Definition, event: Event) -> tuple[str | None, ...]:
    """What an event means to clocks, at its place in the order of one step."""
    data, patch = event.data, event.patch
    contact = event.type == "contacted" and data["outcome"] == "answered"
    level = event.type in TELLING
    means = None
    if event.type == "transitioned" and event.from_state is not None and event.transition is not None:
        means = definition.steps[event.from_state][event.transition].means
    opened = event.type == "opened"
    return (
        f"opened:{patch['kind']}" if opened else None,
        f"round:{patch['round']}" if "round" in patch and not opened else None,
        f"contact:{data['direction']}" if contact else None,
        f"told:{data['clock']}:{data['level']}" if level else None,
        f"severity:{patch['severity']}" if "severity" in patch and not opened else None,
        f"means:{means}" if means else None,
        f"kind:{patch['kind']}" if "kind" in patch and not opened else None,
    )
