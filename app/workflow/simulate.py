"""Walks over a definition at random, before anybody has to live with it. Pure; a seed gives the same walks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from app.texts import Lang
from app.workflow import forms
from app.workflow.definition import Definition, Transition
from app.workflow.machine import Accepted, Command, decide
from app.workflow.ports import FactType
from app.workflow.samples import AT, sample
from app.workflow.telling import listed, tell

Ending = Literal["final", "dead_end", "limit"]
_DRAWS = 8  # situations tried in a stage before it counts as a dead end
# The first step of a stage leads on; what starts from anywhere (escalation, withdrawal) is rare, and an early end rarer:
# so walks look like working days.
_FIRST, _OTHER, _END, _FROM_ANYWHERE, _EARLY_END = 4.0, 1.0, 0.6, 0.3, 0.1
_ANYWHERE = 6  # stages
_COMES_BACK = 0.3  # the chance that somebody whose complaint has ended comes back
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")


@dataclass(slots=True)
class GuardCount:
    """How often a guard was consulted over all walks, and how often it refused."""

    consulted: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What random walks found. Names of guards are `<transition>.<guard>`."""

    walks: int
    mean_steps: float
    reached: Mapping[str, int]
    not_reached: tuple[str, ...]
    taken: Mapping[str, int]
    never_taken: tuple[str, ...]
    guards: Mapping[str, GuardCount]
    endings: Mapping[str, int]
    dead_ends: Mapping[str, int]

    @property
    def never_refused(self) -> tuple[str, ...]:
        """Guards that let everything pass: probably needless, or wrong."""
        return tuple(name for name, count in self.guards.items() if count.consulted and not count.refused)

    @property
    def always_refused(self) -> tuple[str, ...]:
        """Guards that let nothing pass: probably wrong."""
        return tuple(name for name, count in self.guards.items() if count.consulted == count.refused > 0)

    @property
    def never_consulted(self) -> tuple[str, ...]:
        """Guards of steps that nobody came to."""
        return tuple(name for name, count in self.guards.items() if not count.consulted)

    def told(self, lang: Lang) -> str:
        """The report for a terminal."""
        lines = [tell("simulate.walks", walks=self.walks, mean=f"{self.mean_steps:.1f}")]
        lines.append(tell("simulate.endings", counts=_counts(self.endings)))
        lines.append(tell("simulate.reached", counts=_counts(self.reached)))
        for key, names in (
            ("not_reached", self.not_reached),
            ("never_taken", self.never_taken),
            ("never_refused", self.never_refused),
            ("always_refused", self.always_refused),
            ("never_consulted", self.never_consulted),
        ):
            lines.append(tell(f"simulate.{key}", names=listed(names) if names else tell("simulate.none")))
        lines.append(tell("simulate.dead_ends", counts=_counts(self.dead_ends) or tell("simulate.none")))
        lines += [
            tell("simulate.guard", name=name, refused=count.refused, consulted=count.consulted)
            for name, count in self.guards.items()
        ]
        return "\n".join(line.in_(lang) for line in lines)


def _counts(counts: Mapping[str, int]) -> str:
    return "  ".join(f"{name} {count}" for name, count in counts.items())


def simulate(definition: Definition, *, walks: int = 1_000, seed: int = 1, limit: int = 60) -> Report:
    """Random walks from the start, each until a final stage, a dead end or `limit` steps.

    A fact that may be unknown is sometimes left unknown. Every step is judged in a fresh situation, by somebody who
    holds one of its roles, so that a guard that never refuses or always refuses stands out.
    """
    walker = _Walker(definition, Random(seed))  # noqa: S311  (walks are to be repeated, not to be secret)
    endings: Counter[str] = Counter()
    dead: Counter[str] = Counter()
    steps = 0
    for _ in range(walks):
        state, ending, length = walker.walk(limit)
        endings[state if ending == "final" else ending] += 1
        dead[state] += ending == "dead_end"
        steps += length
    names = dict.fromkeys(t.name for t in definition.transitions)
    return Report(
        walks,
        steps / walks if walks else 0.0,
        {s: walker.reached[s] for s in definition.stages},
        tuple(s for s in definition.stages if not walker.reached[s]),
        {n: walker.taken[n] for n in names},
        tuple(n for n in names if not walker.taken[n]),
        walker.guards,
        dict(endings.most_common()),
        {s: n for s, n in dead.items() if n},
    )


class _Walker:
    """Walks, and counts what it meets."""

    def __init__(self, definition: Definition, random: Random) -> None:
        self._definition, self._types, self._random = definition, definition.types, random
        guards = [(t.name, g) for t in definition.transitions for g in t.guards]
        self._literals = sorted({a or b for _, g in guards for a, b in _QUOTED.findall(g.expression.text)}) or ["other"]
        self._facts = sorted(n for n in definition.facts if n in self._types)
        self.guards = {f"{name}.{g.name}": GuardCount() for name, g in guards}
        self.reached: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()

    def walk(self, limit: int) -> tuple[str, Ending, int]:
        """One walk; where it ended, why, and after how many steps."""
        state, recorded = self._definition.start, dict[str, object]()
        self.reached[state] += 1
        for length in range(limit):
            final = self._definition.stages[state].final
            if final and self._random.random() > _COMES_BACK:
                return state, "final", length
            step = next((s for s in (self._step(state, recorded) for _ in range(_DRAWS)) if s is not None), None)
            if step is None:
                return state, "final" if final else "dead_end", length
            recorded |= forms.stored(step.data)
            self.taken[step.transition.name] += 1
            if step.to != state:
                self.reached[step.to] += 1
            state = step.to
        return state, "final" if self._definition.stages[state].final else "limit", limit

    def _step(self, state: str, recorded: Mapping[str, object]) -> Accepted | None:
        """The first step, in a random order, that one random situation admits."""
        facts = {**self._situation(), **forms.recorded_facts(self._definition, recorded)}
        for transition in self._order(state):
            command = Command(transition.name, sample(transition.form, self._random), "因为" if transition.note_required else None)
            verdict = decide(self._definition, state=state, command=command, roles=transition.roles, facts=facts, own_door=True)
            for outcome in verdict.guards:
                count = self.guards[f"{transition.name}.{outcome.name}"]
                count.consulted += 1
                count.refused += outcome.value is not True
            if isinstance(verdict, Accepted):
                return verdict
        return None

    def _order(self, state: str) -> list[Transition]:
        steps = list(self._definition.steps[state].values())
        keyed = [(self._random.random() ** (1 / self._weight(s, state, i)), i) for i, s in enumerate(steps)]
        return [steps[index] for _, index in sorted(keyed, reverse=True)]

    def _weight(self, transition: Transition, state: str, index: int) -> float:
        if index == 0:
            return _FIRST
        anywhere = len(transition.sources) >= _ANYWHERE
        if self._definition.stages[transition.to(state)].final:
            return _EARLY_END if anywhere else _END
        return _FROM_ANYWHERE if anywhere else _OTHER

    def _situation(self) -> dict[str, object]:
        """Some situations are quiet, some are not: counts that are drawn one by one would hardly ever be all low."""
        trouble = self._random.choice((0.1, 0.5, 0.9))
        drawn: dict[str, object] = {}
        for name in self._facts:
            if f"known_{name}" not in self._types or self._random.random() > 0.2:
                drawn[name] = self._value(name, self._types[name], trouble)
        return drawn

    def _value(self, name: str, kind: FactType, trouble: float) -> object:
        random = self._random
        match kind:
            case "bool":
                return random.random() < 0.5
            case "int":
                return random.randint(0, 5) if random.random() < trouble else random.choice((0, 0, 1))
            case "money":
                return random.randint(0, 100_000)
            case "string":
                return random.choice(self._literals)
            case "strings":
                return random.sample(self._literals, random.randint(0, len(self._literals)))
            case "timestamp":
                return AT if name == "now" else self._moment()

    def _moment(self) -> datetime:
        """A time before AT: often a little, sometimes long before."""
        return AT - timedelta(minutes=self._random.choice([self._random.randint(0, 60), self._random.randint(0, 86_400)]))
