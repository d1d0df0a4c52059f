"""Whether a step may be taken: pure, from frozen values; the only file that knows the library `transitions`.

The library holds the states and who may follow whom. Guards, roles and forms are judged here, so that every failed
one is named; the database's compare-and-set decides who wins a race.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from transitions import Machine

from app.errors import Reason
from app.texts import Lang
from app.workflow import forms, schema
from app.workflow.definition import Definition, Form, Guard, Schema, Timer, Transition
from app.workflow.forms import Value
from app.workflow.telling import cut, listed, nearest, tell


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody wants to do: a transition by name, the data of its form, a note."""

    transition: str
    data: Mapping[str, object]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class GuardOutcome:
    """A guard that was consulted; `value` None means that the facts in `missing` were unknown."""

    name: str
    expression: str
    value: bool | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The step may be taken: `data` is normalised, `armed` starts, `disarmed` names the timers that end."""

    transition: Transition
    from_: str
    to: str
    data: Mapping[str, Value]
    note: str | None
    guards: tuple[GuardOutcome, ...]
    armed: tuple[Timer, ...]
    disarmed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The step may not be taken, and every reason why."""

    code: str
    reasons: tuple[Reason, ...]
    guards: tuple[GuardOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """A step seen from a stage: whether it is open to the asker now, and what it asks for."""

    transition: Transition
    to: str
    allowed: bool
    reasons: tuple[Reason, ...]
    form: Form | None
    note_required: bool

    def schema(self, lang: Lang) -> Schema:
        """The JSON Schema of `data`, with titles in `lang`; that of the empty object if nothing is asked."""
        return (self.form.schemas if self.form is not None else schema.EMPTY)[lang]


class _Light:
    """What the machine moves: a state and nothing else."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


_MACHINES: WeakKeyDictionary[Definition, Any] = WeakKeyDictionary()


def machine_of(definition: Definition) -> Any:
    """The one shared machine of a definition: states and transitions only, no conditions and no callbacks."""
    machine = _MACHINES.get(definition)
    if machine is None:
        machine = Machine(model=None, states=list(definition.stages), initial=None, auto_transitions=False)
        for transition in definition.transitions:
            for source in transition.sources:
                machine.add_transition(transition.name, source, transition.to(source))
        _MACHINES[definition] = machine
    return machine


def decide(
    definition: Definition,
    *,
    state: str,
    command: Command,
    roles: frozenset[str],
    facts: Mapping[str, object],
    own_door: bool = False,
) -> Accepted | Refused:
    """Judge one step. `facts` leaves unknown facts out; `form.…` is added here from the validated data.

    `own_door` is for the operations that a transition like a merge belongs to; elsewhere such a step is refused.
    KeyError when `state` is no stage of this definition: a complaint never stands outside its own version.
    """
    transition = definition.steps[state].get(command.transition)
    if transition is None or (transition.own_door and not own_door):
        return _absent(definition, state, command.transition, roles)
    if not roles & transition.roles:
        return Refused("role_refused", (_role_reason(transition),))
    data, reasons = forms.validate(transition.form, command.data)
    note, against = forms.validate_note(command.note, required=transition.note_required)
    if reasons or against:
        code = "note_required" if not reasons and against[0].code == "note_required" else "form_invalid"
        return Refused(code, reasons + against)
    known = {**facts, **forms.form_facts(data)} if data else facts
    outcomes = tuple(_consult(guard, known) for guard in transition.guards)
    failed = tuple(_guard_reason(g, o) for g, o in zip(transition.guards, outcomes, strict=True) if o.value is not True)
    if failed:
        return Refused("transition_refused", failed, outcomes)
    light = _Light(state)
    machine_of(definition).events[transition.name].trigger(light)
    armed, disarmed = _timers(definition, transition, state, light.state)
    return Accepted(transition, state, light.state, data, note, outcomes, armed, disarmed)


def actions(definition: Definition, *, state: str, roles: frozenset[str], facts: Mapping[str, object]) -> tuple[Action, ...]:
    """Every step from `state` in the order of the YAML, allowed or not and why.

    Steps with a door of their own are not listed. Guards that read the form are left for `decide`.
    """
    listed_: list[Action] = []
    for transition in definition.steps[state].values():
        if transition.own_door:
            continue
        reasons = () if roles & transition.roles else (_role_reason(transition),)
        for guard in transition.guards:
            if not guard.on_form:
                outcome = _consult(guard, facts)
                if outcome.value is not True:
                    reasons = (*reasons, _guard_reason(guard, outcome))
        listed_.append(Action(transition, transition.to(state), not reasons, reasons, transition.form, transition.note_required))
    return tuple(listed_)


def _consult(guard: Guard, facts: Mapping[str, object]) -> GuardOutcome:
    verdict = guard.expression.evaluate(facts)
    return GuardOutcome(guard.name, guard.expression.text, verdict.value, verdict.missing)


def _guard_reason(guard: Guard, outcome: GuardOutcome) -> Reason:
    if outcome.value is None:
        params = {"guard": guard.name, "facts": list(outcome.missing)}
        words = tell("refused.fact_unknown", guard=guard.name, facts=listed(outcome.missing), refusal=guard.refusal)
        return Reason("fact_unknown", params=params, words=words)
    return Reason(guard.name, words=guard.refusal)


def _role_reason(transition: Transition) -> Reason:
    roles = sorted(transition.roles)
    words = tell("refused.role", transition=transition.title, roles=listed(roles))
    return Reason("role_refused", params={"roles": roles}, words=words)


def _absent(definition: Definition, state: str, name: str, roles: frozenset[str]) -> Refused:
    """There is no such step from here: the answer names those that there are for these roles, else for any."""
    every = {n: t for n, t in definition.steps[state].items() if not t.own_door}
    here = {n: t for n, t in every.items() if roles & t.roles} or every
    known = {t.name for t in definition.transitions}
    code = "transition_not_available" if name in known else "transition_unknown"
    near = nearest(name, here if name in known else known)
    stage = definition.stages[state].title
    params: dict[str, object] = {"transition": cut(name), "state": state, "allowed": list(here)}
    if name in definition.steps[state]:
        words = tell("refused.own_door", name=cut(name))
    elif here:
        words = tell(f"refused.{code}", name=cut(name), stage=stage, allowed=listed(here))
    else:
        words = tell("refused.no_way_on", name=cut(name), stage=stage)
    if near is not None and name not in known:
        params["nearest"] = near
        words = tell("refused.nearest", before=words, near=near)
    return Refused(code, (Reason(code, "transition", params, words),))


def _timers(definition: Definition, transition: Transition, before: str, after: str) -> tuple[tuple[Timer, ...], tuple[str, ...]]:
    """Which timers start and which end with this step; one that runs on through both stages is left alone."""
    armed: list[Timer] = []
    ended: list[str] = []
    for timer in definition.timers.values():
        was, is_ = before in timer.stages, after in timer.stages
        again = timer.name in transition.arms
        if again or (is_ and not was):
            armed.append(timer)
        left = timer.by_leaving and was and not is_
        superseded = is_ and not was and not timer.by_leaving
        if again or left or superseded or transition.name in timer.by_transitions:
            ended.append(timer.name)
    return tuple(armed), tuple(ended)
