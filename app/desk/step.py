"""One step, decided and composed: the machine's verdict, the effects' changes, the timers, the event. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.audit.events import Event
from app.calendars.time import add_working_days, next_open
from app.db.ids import new_id
from app.db.statement import Insert
from app.desk import facts
from app.desk.doing import Doing
from app.desk.effects import EFFECTS
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.timers.tables import timer as timer_table
from app.workflow.definition import Definition, Timer
from app.workflow.machine import Accepted, Command, Refused, decide


@dataclass(frozen=True, slots=True)
class Step:
    """A step that may be stored: the situation after it, its rows, its events, and whether facts of the customer counted."""

    situation: Situation
    accepted: Accepted
    inserts: tuple[Insert, ...]
    events: tuple[Event, ...]
    customer_consulted: bool


def take(
    definition: Definition,
    situation: Situation,
    command: Command,
    sealer: Sealer,
    own_door: bool = False,
    fired: str | None = None,
) -> Step | Refused:
    """Decide `command` and compose everything that it changes; `fired` names the timer that asks for it, and so ends."""
    complaint = situation.complaint
    known = facts.load(situation, definition)
    verdict = decide(
        definition, state=complaint["state"], command=command, roles=situation.actor.roles, facts=known, own_door=own_door
    )
    if isinstance(verdict, Refused):
        return verdict
    role = next(iter(sorted(situation.actor.roles & verdict.transition.roles)))
    situation = replace(situation, by=replace(situation.by, role=role))
    data, note = sealer.step(verdict.transition, verdict.data, verdict.note)
    seq = complaint["version"] + 1
    stage = definition.stage(verdict.to)
    patch: dict[str, Any] = {"version": seq, "last_at": situation.at}
    if data:
        patch["recorded"] = {**complaint["recorded"], **_plain(data)}
    if verdict.to != complaint["state"]:
        patch |= {"state": stage.name, "kind": stage.kind, "final": stage.final, "state_since": situation.at}
        if stage.final != complaint["final"]:
            patch["closed_at"] = situation.at if stage.final else None
            patch["closed_as"] = verdict.transition.means if stage.final else None
    if complaint["owner_id"] is None and _owns(situation, verdict.transition.means):
        patch["owner_id"] = situation.actor.id
    inserts: list[Insert] = []
    events: list[Event] = []
    now = situation.with_(patch)
    for call in verdict.transition.effects:
        change = EFFECTS[call.name].apply(Doing(now, data, verdict.transition.name, seq), call.params)
        patch |= change.patch
        now = now.with_(change.patch)
        inserts += change.inserts
        events += change.events
    timers, armed = _arm(definition, now, verdict, fired)
    patch |= armed
    inserts += timers
    transitioned = Event(
        "transitioned",
        situation.at,
        situation.by,
        complaint["id"],
        complaint["customer_id"],
        seq=seq,
        transition=verdict.transition.name,
        from_state=verdict.from_,
        to_state=verdict.to,
        data={**({"form": data} if data else {}), **note},
        guards=[{"name": g.name, "expression": g.expression, "value": g.value} for g in verdict.guards],
        patch=patch,
        workflow=definition.name,
        workflow_version=definition.version,
    )
    consulted = any(name.startswith("customer.") for g in verdict.transition.guards for name in g.expression.names)
    return Step(situation.with_(patch), verdict, tuple(inserts), (transitioned, *events), consulted)


def _owns(situation: Situation, means: str | None) -> bool:
    """Whether the actor answers from now on for a complaint that nobody owns.

    By policy whoever took it from the queue does with the first step on it; to pass it to somebody else is none.
    """
    queue, complaint = situation.terms.policy.queue, situation.complaint
    held = complaint["leased_by"] == situation.actor.id and complaint["leased_until"] > situation.at
    return queue.first_step_owns and held and means != "transfer" and not situation.actor.roles.isdisjoint(queue.reserve.roles)


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Form data as JSON keeps it: times as text."""
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in data.items()}


def _arm(definition: Definition, situation: Situation, verdict: Accepted, fired: str | None) -> tuple[list[Insert], dict[str, Any]]:
    """New timer rows, and the complaint's record of what is armed; an ended timer's row stays and finds itself superseded."""
    complaint = situation.complaint
    armed = {name: entry for name, entry in complaint["armed"].items() if name != fired and name not in verdict.disarmed}
    inserts: list[Insert] = []
    for timer in verdict.armed:
        due = due_at(definition, timer, situation)
        if due is None:
            continue
        armed[timer.name] = {"seq": complaint["version"], "due": due.isoformat()}
        inserts.append(timer_row(timer.name, timer.trigger, situation, due))
    if armed == complaint["armed"] and not inserts:
        return [], {}
    first = min((datetime.fromisoformat(entry["due"]) for entry in armed.values()), default=None)
    return inserts, {"armed": armed, "due_at": first}


def timer_row(name: str, trigger: str, situation: Situation, due: datetime) -> Insert:
    """The row of a timer armed by the step that made `situation`."""
    complaint = situation.complaint
    row = {
        "id": new_id(situation.at),
        "complaint_id": complaint["id"],
        "customer_id": complaint["customer_id"],
        "name": name,
        "trigger": trigger,
        "armed_by_seq": complaint["version"],
        "armed_at": situation.at,
        "due_at": due,
        "status": "waiting",
        "attempts": 0,
        "leased_until": None,
        "ended_at": None,
        "outcome": None,
    }
    return Insert(timer_table, row)


def due_at(definition: Definition, timer: Timer, situation: Situation) -> datetime | None:
    """When `timer` fires: working days are counted on its calendar, other times run on and wait for its opening.

    None when it hangs on a time that is not known, or is over: what was agreed for then cannot be missed any more.
    """
    if timer.at is not None:
        value = facts.load(situation, definition).get(timer.at)
        return value if isinstance(value, datetime) and value > situation.at else None
    if timer.after is None:
        return None
    calendar = situation.terms.calendars.get(timer.calendar)
    span: timedelta | None = timer.after.span
    if span is None:
        if calendar is None:
            return situation.at + timedelta(days=timer.after.amount)
        return add_working_days(calendar, situation.at, timer.after.amount)
    due = situation.at + span
    return due if calendar is None else next_open(calendar, due)
