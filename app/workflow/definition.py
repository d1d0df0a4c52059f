"""A workflow as frozen values; what the loader makes and everything else reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Literal

from app.texts import Lang, Words
from app.workflow.ports import Expression, FactType

Kind = Literal["working", "waiting_customer", "waiting_internal", "resolved", "final"]
FieldType = Literal["text", "string", "choice", "choices", "integer", "money", "boolean", "date", "datetime"]
Unit = Literal["minutes", "hours", "days", "working_days"]
Constant = str | bool | int
Schema = Mapping[str, Any]

SYSTEM = "system"
CUSTOMER_CONTACT = "customer_contact"
DIAGNOSE = "diagnose"
MERGE = "merge"
ESCALATE = "escalate"
OWN_MESSAGES = frozenset({"incident_repair_time", "incident_repaired", "incident_check"})
"""Messages that no transition need send: the program does, where the workflow has them."""
REOPEN = "reopen"
MOTIVES = "motives"

# What a step means to the programs around it, which never look at its name.
MEANINGS = frozenset(
    {
        "accept",  # the work on it begins
        "attempt",  # a call to the customer that did not reach him
        "back",  # an escalation goes back to ordinary handling
        "call_back",  # a call was agreed
        DIAGNOSE,  # the cause was found
        "confirm",  # the customer says yes, it is solved
        CUSTOMER_CONTACT,  # the customer was reached or came by himself
        ESCALATE,
        "first_contact",  # solved and closed at the first contact
        "hang_up",
        MERGE,
        "no_agreement",
        "no_answer",  # closed without the customer's yes
        "not_satisfied",
        "progress",  # the customer was told how far it is
        REOPEN,
        "skip",  # care or offer left out
        "solve",  # the customer was told the solution
        "transfer",
        "unreachable",
        "vent_again",
        "wait_customer",
        "wait_internal",
        "withdraw",
        "work_done",  # internal work was answered
    }
)


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice, with the words people see."""

    value: str
    title: Words


@dataclass(frozen=True, slots=True)
class Condition:
    """When a field applies: another field of the form has one of `values`."""

    field: str
    values: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form.

    `low` and `high` bound an integer, the fen of a money amount, or the number of choices. `must` is a tick that has
    to be set. `personal` values are stored sealed. A field with `when` exists only while its condition holds.
    """

    name: str
    type: FieldType
    title: Words
    required: bool = False
    options: tuple[Option, ...] = ()
    low: int | None = None
    high: int | None = None
    max_length: int | None = None
    must: bool = False
    personal: bool = False
    when: Condition | None = None
    hint: Words | None = None

    @property
    def sealed(self) -> bool:
        """Whether its value is kept as ciphertext, so that no guard can read it once it is recorded."""
        return self.personal or self.type in {"text", "string"}


@dataclass(frozen=True, slots=True)
class Form:
    """What a transition asks for; `schemas` is the JSON Schema of its data in each language."""

    name: str
    title: Words
    fields: tuple[Field, ...]
    schemas: Mapping[Lang, Schema] = field(default_factory=dict, compare=False, repr=False)
    by_name: Mapping[str, Field] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType({f.name: f for f in self.fields}))


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of a transition and what is said when it fails; `on_form`: it needs the data of the form."""

    name: str
    expression: Expression
    refusal: Words
    on_form: bool


@dataclass(frozen=True, slots=True)
class EffectCall:
    """One effect of a transition with its parameters as written; `line` is where it stands in the YAML."""

    name: str
    params: Mapping[str, Constant]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Transition:
    """A step; `target` None means that the stage stays the same."""

    name: str
    title: Words
    sources: tuple[str, ...]
    target: str | None
    roles: frozenset[str]
    means: str | None = None
    guards: tuple[Guard, ...] = ()
    form: Form | None = None
    effects: tuple[EffectCall, ...] = ()
    note_required: bool = False
    arms: tuple[str, ...] = ()
    line: int = 0

    def to(self, state: str) -> str:
        """The stage in which a complaint in `state` is after this step."""
        return self.target or state

    @property
    def own_door(self) -> bool:
        """Whether it may only be taken through its own operation (a merge names the other complaint there)."""
        return self.means == MERGE


@dataclass(frozen=True, slots=True)
class Situation:
    """When a script fits; an empty set means: always. Emotion runs from 1 (calm) to 5 (furious)."""

    motives: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    emotions: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Script:
    """Words that the handler may say in a stage."""

    when: Situation
    say: Words


@dataclass(frozen=True, slots=True)
class Stage:
    """A state of the complaint; `tmf` is its status in TMF621, `gate` what may be shown in it."""

    name: str
    title: Words
    kind: Kind
    tmf: str
    gate: str | None = None
    scripts: tuple[Script, ...] = ()

    @property
    def final(self) -> bool:
        """Whether the complaint is at its end here."""
        return self.kind == "final"


@dataclass(frozen=True, slots=True)
class Duration:
    """A stretch of time as written; working days are counted on the timer's calendar."""

    amount: int
    unit: Unit

    @property
    def span(self) -> timedelta | None:
        """The plain time, or None for working days."""
        if self.unit == "working_days":
            return None
        return timedelta(**{self.unit: self.amount})


@dataclass(frozen=True, slots=True)
class Timer:
    """A clock that starts when one of `stages` is entered (or a transition arms it) and fires `trigger`.

    Exactly one of `after` and `at` (a timestamp fact, read after the step's effects) is set. Moving between two of
    its stages lets it run on. `by_leaving`: it ends when `stages` are left; `by_transitions`: it ends with one of these.
    """

    name: str
    title: Words
    stages: frozenset[str]
    trigger: str
    calendar: str
    after: Duration | None = None
    at: str | None = None
    by_leaving: bool = True
    by_transitions: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Definition:
    """One version of a workflow. Compared by identity: it is loaded once and shared.

    `steps` holds the transitions by stage and name in the order of the YAML, `fields` the fields of all forms,
    `facts` every name that a guard or timer reads, `recorded` the recorded fields among them, `types` the types of the
    vocabulary's facts.
    """

    name: str
    title: Words
    start: str
    stages: Mapping[str, Stage]
    forms: Mapping[str, Form]
    transitions: tuple[Transition, ...]
    timers: Mapping[str, Timer]
    messages: Mapping[str, Words]
    version: int = 0
    types: Mapping[str, FactType] = field(default_factory=dict, repr=False)
    steps: Mapping[str, Mapping[str, Transition]] = field(init=False, repr=False)
    fields: Mapping[str, Field] = field(init=False, repr=False)
    facts: frozenset[str] = field(init=False, repr=False)
    recorded: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        steps: dict[str, dict[str, Transition]] = {stage: {} for stage in self.stages}
        for transition in self.transitions:
            for source in transition.sources:
                steps[source][transition.name] = transition
        known = {f.name: f for form in self.forms.values() for f in form.fields}
        named = {n for t in self.transitions for g in t.guards for n in g.expression.names}
        named |= {timer.at for timer in self.timers.values() if timer.at}
        object.__setattr__(self, "steps", MappingProxyType({s: MappingProxyType(t) for s, t in steps.items()}))
        object.__setattr__(self, "fields", MappingProxyType(known))
        object.__setattr__(self, "facts", frozenset(named))
        wanted = {n.removeprefix("recorded.") for n in named if n.startswith("recorded.")}
        object.__setattr__(self, "recorded", tuple(sorted(wanted & known.keys())))

    def stage(self, name: str) -> Stage:
        """The stage called `name`; KeyError when this version has none."""
        return self.stages[name]

    def means(self, meaning: str, state: str) -> Transition | None:
        """The first transition with `meaning` that starts from `state`."""
        return next((t for t in self.steps[state].values() if t.means == meaning), None)
