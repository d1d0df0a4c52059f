"""The model: one complaint in plain Python, moved by the file's words alone. What the product must do, said a second time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

from tests.proofs.flow_yaml import Clock, Flow, Step
from tests.proofs.form_model import Data, faults, kept
from tests.proofs.guard_reader import UNKNOWN, meaning

SHANGHAI = timezone(timedelta(hours=8))
COUNTERS = ("not_satisfied", "reopened", "vents", "hang_ups")
Armed = Mapping[str, tuple[int, datetime]]


@dataclass(frozen=True)
class Told:
    """An event of the history: type, seq, transition, from, to."""

    type: str
    seq: int | None = None
    transition: str | None = None
    from_: str | None = None
    to: str | None = None


@dataclass(frozen=True)
class No:
    """A refusal: its code, and the names of the guards that failed or of the fields that are wrong."""

    code: str
    names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """A complaint as the model has it."""

    state: str
    since: datetime
    severity: int
    sensitive: bool
    customer_sensitive: bool
    owner: str | None
    emotion: int | None = None
    version: int = 1
    assignee: str | None = None
    team: str | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    round: int = 1
    motives: tuple[str, ...] = ()
    open_work_orders: int = 0
    blocking_work_orders: int = 0
    open_promises: int = 0
    broken_promises: int = 0
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    attempts: tuple[tuple[datetime, str], ...] = ()
    spoken: datetime | None = None
    callback: tuple[datetime, datetime] | None = None
    remedy: str | None = None
    recorded: frozenset[str] = frozenset()
    armed: Armed = field(default_factory=dict)
    # everything that was ever written beside the complaint
    events: tuple[Told, ...] = ()
    messages: tuple[str, ...] = ()
    armings: tuple[tuple[str, int, datetime], ...] = ()
    contacts: int = 0


def opened(flow: Flow, at: datetime, *, owner: str | None, **facts: Any) -> Case:
    """A complaint as it is taken in."""
    case = Case(flow.start, at, owner=owner, spoken=at, events=(Told("opened", 1, to=flow.start),), **facts)
    return _clocks(flow, case, None, "", at, frozenset())


def judge(
    flow: Flow, case: Case, name: str, roles: frozenset[str], data: Data, note: str | None, at: datetime, by: str | None = None
) -> Case | No:
    """The complaint after a step that `by` takes, or why it is not taken."""
    step = flow.step(name, case.state)
    if step is None or step.means == "merge":
        return No("transition_not_available" if name in flow.names else "transition_unknown")
    if not roles & step.roles:
        return No("role_refused")
    wrong = faults(step.form, data)
    if wrong:
        return No("form_invalid", wrong | ({"note"} if step.note_required and not note else set()))
    if step.note_required and not note:
        return No("note_required")
    filled = kept(step.form, data)
    told = {f"form.{n}": v for n, v in filled.items()} | {f"known_form.{n}": n in filled for n in step.form}
    failed = _failing(step, {**_facts(case, at), **told})
    if failed:
        return No("transition_refused", failed)
    if case.owner is None and "promise_due" in filled and any(effect == "promise" for effect, _ in step.effects):
        return No("transition_refused", frozenset({"promise_owner_missing"}))
    return _taken(flow, case, step, filled, at, by)


def open_steps(flow: Flow, case: Case, roles: frozenset[str], at: datetime) -> dict[str, tuple[str, bool]]:
    """Every step from here: where it leads, and whether it is open, as far as that hangs on no form."""
    found = {}
    for step in flow.steps:
        if case.state in step.sources and step.means != "merge":
            plain = replace(step, guards=tuple(g for g in step.guards if "form." not in g[1]))
            allowed = bool(roles & step.roles) and not _failing(plain, _facts(case, at))
            found[step.name] = (_target(step, case.state), allowed)
    return found


def _failing(step: Step, facts: Mapping[str, Any]) -> frozenset[str]:
    """Guards that are not true; one whose facts are unknown is told by that."""
    values = {name: meaning(text)(facts) for name, text in step.guards}
    return frozenset("fact_unknown" if value is UNKNOWN else name for name, value in values.items() if value is not True)


def _target(step: Step, state: str) -> str:
    return state if step.target == "same" else step.target


def _facts(case: Case, at: datetime) -> dict[str, Any]:
    when = [moment.astimezone(SHANGHAI) for moment, _ in case.attempts if case.spoken is None or moment > case.spoken]
    facts: dict[str, Any] = {
        "complaint.severity": case.severity,
        "complaint.sensitive": case.sensitive,
        "customer.sensitive": case.customer_sensitive,
        "complaint.round": case.round,
        "complaint.resolved": case.resolved_at is not None,
        "complaint.state_since": case.since,
        "complaint.last_contact_at": case.spoken,
        "complaint.open_work_orders": case.open_work_orders,
        "complaint.blocking_work_orders": case.blocking_work_orders,
        "complaint.open_grants": 0,  # nothing is granted here
        "complaint.broken_promises": case.broken_promises,
        "complaint.attempts": len(when),
        "complaint.attempt_days": len({moment.date() for moment in when}),  # every day is worked, see flow_yaml
        "complaint.attempt_dayparts": len({_part(moment.hour) for moment in when}),
        "known_complaint.emotion": case.emotion is not None,
        "known_complaint.closed_at": case.closed_at is not None,
        "now": at,
    }
    facts |= {f"complaint.{name}": case.counters.get(name, 0) for name in COUNTERS}
    facts |= {f"known_recorded.{name}": name in case.recorded for name in ("escalate_reason", "final_answer")}
    optional = {"complaint.emotion": case.emotion, "complaint.closed_at": case.closed_at}
    return facts | {name: value for name, value in optional.items() if value is not None}


def _part(hour: int) -> str:
    return next(
        name for name, end in (("night", 6), ("morning", 12), ("afternoon", 18), ("evening", 22), ("night", 24)) if hour < end
    )


def _taken(flow: Flow, case: Case, step: Step, data: Data, at: datetime, by: str | None) -> Case:
    here, there = case.state, _target(step, case.state)
    seq = case.version + 1
    told = Told("transitioned", seq, step.name, here, there)
    case = replace(case, version=seq, recorded=case.recorded | data.keys(), events=(*case.events, told))
    if there != here:
        case = replace(case, state=there, since=at)
        if flow.final(there) != flow.final(here):
            case = replace(case, closed_at=at if flow.final(there) else None)
    for name, params in step.effects:
        case = EFFECTS[name](case, data, {**params, "by": by}, at)
    return _clocks(flow, case, here, step.name, at, step.arms)


# ------------------------------------------------------------------------------------------------------------- effects


def _contact(case: Case, _data: Data, _params: Mapping[str, Any], at: datetime) -> Case:
    return replace(case, contacts=case.contacts + 1, spoken=at, events=(*case.events, Told("contacted")))


def _attempt(case: Case, data: Data, params: Mapping[str, Any], at: datetime) -> Case:
    tried = replace(case, attempts=(*case.attempts, (at, data["outcome"])))
    after = _contact(tried, data, params, at)
    return replace(after, callback=None) if data["outcome"] == "answered" else replace(after, spoken=case.spoken)


def _emotion(case: Case, data: Data, _params: Mapping[str, Any], at: datetime) -> Case:
    now = data.get("emotion_end", data.get("emotion"))
    return case if now is None else replace(case, emotion=now, spoken=at)


def _count(case: Case, _data: Data, params: Mapping[str, Any], _at: datetime) -> Case:
    name = params["counter"]
    return replace(case, counters={**case.counters, name: case.counters.get(name, 0) + 1})


def _reassign(case: Case, _data: Data, params: Mapping[str, Any], _at: datetime) -> Case:
    case = replace(case, assignee={"owner": case.owner, "actor": params["by"]}.get(params["to"]))
    return replace(case, team="duty") if params["to"] == "duty" else case


def _handed_over(case: Case) -> Case:
    """Nobody is named (see flow_play), so it goes back for whoever takes it; its owner stays."""
    told = () if case.assignee is None else (Told("assigned"),)
    return replace(case, assignee=None, events=(*case.events, *told))


def _promise(case: Case, data: Data, _params: Mapping[str, Any], _at: datetime) -> Case:
    if "promise_due" not in data:
        return case
    return replace(case, open_promises=case.open_promises + 1, events=(*case.events, Told("promised")))


def _work_order(case: Case, data: Data, _params: Mapping[str, Any], _at: datetime) -> Case:
    blocking = case.blocking_work_orders + bool(data.get("blocking", True))
    more = (*case.events, Told("work_ordered"))
    return replace(case, open_work_orders=case.open_work_orders + 1, blocking_work_orders=blocking, events=more)


def _suggestion(case: Case, data: Data, _params: Mapping[str, Any], _at: datetime) -> Case:
    return replace(case, events=(*case.events, Told("suggested"))) if "suggestion_text" in data else copy(case)


EFFECTS: Mapping[str, Callable[[Case, Data, Mapping[str, Any], datetime], Case]] = {
    "severity": lambda case, _d, params, _at: replace(case, severity=max(case.severity, params["at_least"])),
    "count": _count,
    "resolved": lambda case, _d, _p, at: replace(case, resolved_at=at),
    "unresolved": lambda case, _d, _p, _at: replace(case, resolved_at=None),
    "new_round": lambda case, _d, _p, _at: replace(case, round=case.round + 1, attempts=(), resolved_at=None, callback=None),
    "attempt": _attempt,
    "contact": _contact,
    "emotion": _emotion,
    "motives": lambda case, data, _p, _at: replace(case, motives=tuple(data["motives"])),
    "agree_callback": lambda case, data, _p, _at: replace(case, callback=(data["window_from"], data["window_until"])),
    "promise": _promise,
    "work_order": _work_order,
    "remedy": lambda case, data, _p, _at: replace(case, remedy=data["remedy_kind"]),
    "send": lambda case, _d, params, _at: replace(case, messages=(*case.messages, params["message"])),
    "hand_over": lambda case, _d, _p, _at: _handed_over(case),
    "reassign": _reassign,
    "suggestion": _suggestion,
}


# -------------------------------------------------------------------------------------------------------------- timers


def _clocks(flow: Flow, case: Case, here: str | None, step: str, at: datetime, arms: frozenset[str]) -> Case:
    """The timers after a step: started on entering, ended on leaving or by a step, left alone in between."""
    armed, armings = dict(case.armed), list(case.armings)
    for clock in flow.clocks:
        was, is_ = here in clock.stages, case.state in clock.stages
        if step in clock.ended_by or (was and not is_ and "leaving" in clock.ended_by):
            armed.pop(clock.name, None)
        if (is_ and not was) or clock.name in arms:
            armed.pop(clock.name, None)
            due = _due(flow, clock, case, at)
            if due is not None:
                armed[clock.name] = (case.version, due)
                armings.append((clock.name, case.version, due))
    return replace(case, armed=armed, armings=tuple(armings))


def _due(flow: Flow, clock: Clock, case: Case, at: datetime) -> datetime | None:
    if clock.at is not None:
        assert clock.at == "complaint.callback_until", "teach the model the new fact"
        return case.callback[1] if case.callback and case.callback[1] > at else None
    if clock.unit == "working_day":
        return _opening(flow, at) + timedelta(days=clock.amount)  # the same hours every day, so it is open then
    due = at + timedelta(**{f"{clock.unit}s": clock.amount})
    return _opening(flow, due) if clock.calendar == "service" else due


def _opening(flow: Flow, at: datetime) -> datetime:
    """`at`, if the service is open, else when it opens."""
    first, last = flow.service
    wall = at.astimezone(SHANGHAI)
    morning = datetime.combine(wall.date(), time(first), SHANGHAI)
    if wall < morning:
        wall = morning
    elif wall.hour >= last:
        wall = morning + timedelta(days=1)
    return wall.astimezone(UTC)
