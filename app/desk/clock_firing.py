"""A level of a clock is reached: it is put on record, people are told, and what the policy wants done is done. One write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.access.actor import SYSTEM
from app.audit.events import Event
from app.calendars.definition import Calendar
from app.commitments.clock_marks import read_marks
from app.commitments.clock_policy import BREACH, Actions, Level
from app.commitments.clocks import Reading, due_of, told_of
from app.db.statement import Insert, Update
from app.desk.change import Changed, change
from app.desk.clock_view import seconds
from app.desk.desk import BY_SYSTEM, Desk
from app.desk.outcome import Reply
from app.desk.readings import case_of, readings_of
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.step import take
from app.errors import AmendsError
from app.people.notices import notice_row
from app.workflow.definition import Definition
from app.workflow.machine import Command
from app.workflow.machine import Refused as Refusal

DUTY = "duty"
"""The team to which `reassign: duty` gives a complaint."""
LATE = timedelta(seconds=60)
"""A level that is told later than this after it was reached counts as told late: the worker was down or behind."""


@dataclass(frozen=True, slots=True)
class Due:
    """A level that is reached: of which clock, since when."""

    reading: Reading
    level: Level
    at: datetime


async def fire_clock(
    desk: Desk, row: Mapping[str, Any], done: Update, superseded: Update, reply: Reply, expected: int | None
) -> tuple[str, str]:
    """Tell the level whose timer is `row`: (`done` or `superseded`, how). `done` and `superseded` are its two ends, as rows.

    Superseded: the clock rests, has stopped, or has another target since the timer was armed; then it is armed anew in the
    same write. Raises StaleVersion when the complaint is no longer at `expected`, Conflict.
    """
    how = "fired"

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        nonlocal how
        due = due_now(situation, row["name"])
        if due is None:
            how = "not_due"
            return retimed(situation, [superseded])
        how = "late" if situation.at - due.at > LATE else "fired"
        changed = told(definition, situation, due, sealer)
        return replace(changed, updates=[done])

    await change(desk, SYSTEM, BY_SYSTEM, row["complaint_id"], expected, reply, decide)
    if how == "not_due":
        return "superseded", how
    _, clock, level = row["name"].split(":")
    desk.runtime.metrics.clock_levels.labels(clock, level, "yes" if how == "late" else "no").inc()
    return "done", how


def due_now(situation: Situation, name: str) -> Due | None:
    """The level that the timer called `name` is of, if it is reached now and has not been told."""
    _, clock, level_name = name.split(":")
    complaint = situation.complaint
    found = readings_of(complaint, situation.customer, situation.terms, situation.at)
    reading = next((one for one in found if one.rule.name == clock and one.counts), None)
    level = None if reading is None else reading.rule.level(level_name)
    at = None if reading is None or level is None else due_of(reading, level)
    if reading is None or level is None or at is None or at > situation.at:
        return None
    before = told_of(read_marks(case_of(complaint, situation.customer).marks)).get(clock, {}).get(level_name)
    return Due(reading, level, at) if before is None or before < at else None


def retimed(situation: Situation, updates: Sequence[Update] = ()) -> Changed:
    """Nothing but that the clocks are armed anew, by whatever now holds of them."""
    seq = situation.complaint["version"] + 1
    patch = {"version": seq, "last_at": situation.at}
    return Changed(
        situation.with_(patch), updates=updates, events=[_event("clocks_set", situation, seq, patch, _versions(situation))]
    )


def told(definition: Definition, situation: Situation, due: Due, sealer: Sealer) -> Changed:
    """The level's event with what is done about it; then the step that it wants, if the workflow and its guards admit it."""
    complaint, actions = situation.complaint, due.level.actions
    seq = complaint["version"] + 1
    patch: dict[str, Any] = {"version": seq, "last_at": situation.at, **_patch(complaint, actions)}
    kind = "clock_breached" if due.level.name == BREACH else "clock_warned"
    notices = _notices(kind, situation, due)
    wanted = actions.transition
    after = situation.with_(patch)
    step, refused = (None, ()) if wanted is None else _step(definition, after, wanted, sealer)
    data = {
        "clock": due.reading.rule.name,
        "level": due.level.name,
        "round": due.reading.round,
        "due_at": due.at,
        "late_seconds": int((situation.at - due.at).total_seconds()),
        "within": due.reading.target.text,
        "calendar": due.reading.target.calendar,
        "row": due.reading.target.row,
        "target_seconds": seconds(due.reading.allowed.amount),
        "elapsed_seconds": seconds(due.reading.elapsed),
        "notified": [_addressee(notice) for notice in notices],
        **({} if wanted is None else {"transition": wanted, "taken": step is not None, "reasons": list(refused)}),
        **_versions(situation),
    }
    event = _event(kind, situation, seq, patch, data)
    if step is None:
        return Changed(after, notices, events=[event])
    return Changed(
        step.situation, [*notices, *step.inserts], events=[event, *step.events], customer_consulted=step.customer_consulted
    )


def _step(definition: Definition, after: Situation, name: str, sealer: Sealer) -> tuple[Any, Sequence[str]]:
    """The step taken, or the codes of why not."""
    try:
        step = take(definition, after, Command(name, {}), sealer)
    except AmendsError as error:
        return None, [error.problem, *(reason.code for reason in error.reasons)]
    if isinstance(step, Refusal):
        return None, [step.code, *(reason.code for reason in step.reasons if reason.code != step.code)]
    return step, ()


def _patch(complaint: Mapping[str, Any], actions: Actions) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    if actions.severity is not None and actions.severity > complaint["severity"]:
        patch["severity"] = actions.severity
    match actions.reassign:
        case "owner":
            patch["assignee_id"] = complaint["owner_id"]
        case "duty":
            patch |= {"assignee_id": None, "team": DUTY}
        case "team":
            patch |= {"assignee_id": None, "team": actions.team}
    return patch


def _notices(kind: str, situation: Situation, due: Due) -> list[Insert]:
    """A notice to each who is to be told, once; somebody who is not there is left out."""
    complaint, rule = situation.complaint, due.reading.rule
    data = {
        "number": complaint["number"],
        "clock": rule.name,
        "title": {"zh": rule.title.zh, "en": rule.title.en},
        "level": due.level.name,
        "due": _wall(due.reading.due_at or due.at, due.reading.allowed.calendar or situation.calendar),
        "due_at": due.reading.due_at,
    }
    people: dict[UUID, None] = {}
    found: list[Insert] = []
    for name in due.level.actions.notify:
        person = {"owner": complaint["owner_id"], "assignee": complaint["assignee_id"]}.get(name)
        if person is not None:
            people[person] = None
        elif name == "team" and complaint["team"] is not None:
            found.append(notice_row(situation.at, kind, team=complaint["team"], complaint_id=complaint["id"], data=data))
        elif name not in {"owner", "assignee", "team"}:
            found.append(notice_row(situation.at, kind, role=name, complaint_id=complaint["id"], data=data))
    return [*(notice_row(situation.at, kind, user=one, complaint_id=complaint["id"], data=data) for one in people), *found]


def _wall(at: datetime, calendar: Calendar) -> str:
    return f"{calendar.local(at):%Y-%m-%d %H:%M}"


def _addressee(notice: Insert) -> str:
    row = notice.row
    return f"user:{row['user_id']}" if row["user_id"] else f"role:{row['role']}" if row["role"] else f"team:{row['team']}"


def _versions(situation: Situation) -> dict[str, int]:
    return {"policy_version": situation.terms.policy.version, "calendars_version": situation.terms.calendars_version}


def _event(kind: str, situation: Situation, seq: int, patch: Mapping[str, Any], data: Mapping[str, Any]) -> Event:
    complaint = situation.complaint
    return Event(
        kind,
        situation.at,
        situation.by,
        complaint["id"],
        complaint["customer_id"],
        seq=seq,
        data=data,
        patch=patch,
        workflow=complaint["workflow"],
        workflow_version=complaint["workflow_version"],
    )
