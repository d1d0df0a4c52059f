"""Scripted walks: named ways through a definition, and what each must come to. Pure; `read_walks` reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.texts import Lang, Words
from app.workflow import forms
from app.workflow.definition import Definition
from app.workflow.machine import Accepted, Command, Refused, decide
from app.workflow.problems import Mark
from app.workflow.telling import listed, tell


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a script: what is done, by whom, and all that is known then but what forms recorded on the way."""

    command: Command
    roles: frozenset[str]
    facts: Mapping[str, object]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Script:
    """A walk as it is written: `stage` is where it must end; None: its last step must be refused, for `reasons` at least."""

    name: str
    title: Words | None
    start: str
    steps: tuple[Step, ...]
    stage: str | None
    reasons: tuple[str, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Walk:
    """What a script came to: the steps taken, the stage it stands in, and the refusal that stopped it."""

    script: Script
    steps: tuple[Accepted, ...]
    state: str
    refusal: Refused | None = None

    @property
    def met(self) -> bool:
        """Whether it came to what its script expects."""
        if self.refusal is None:
            return self.state == self.script.stage
        return self.script.stage is None and self._at_the_end and not self._missing

    @property
    def _at_the_end(self) -> bool:
        return len(self.steps) == len(self.script.steps) - 1

    @property
    def _missing(self) -> tuple[str, ...]:
        """The expected reasons that the refusal does not name."""
        told = {reason.code for reason in self.refusal.reasons} if self.refusal is not None else set[str]()
        return tuple(code for code in self.script.reasons if code not in told)

    def told(self, source: str, lang: Lang) -> str:
        """The walk for a terminal: its way, and why it ended; where to look if that is not what was expected."""
        path = [self.script.start]
        path += [step.to for step in self.steps if step.to != step.from_]
        title = self.script.title or self.script.name
        lines = [tell("walks.met" if self.met else "walks.unmet", name=self.script.name, title=title, path=" → ".join(path))]
        lines += [tell("walks.why", why=why) for why in self._why(source)]
        return "\n".join(line.in_(lang) for line in lines)

    def _why(self, source: str) -> list[Words]:
        script = self.script
        if self.refusal is None:
            if self.met:
                return []
            if script.stage is None:
                return [tell("walks.not_refused", place=_place(source, script.mark), reasons=listed(script.reasons))]
            return [tell("walks.ended", place=_place(source, script.mark), stage=self.state, expected=script.stage)]
        refused = script.steps[len(self.steps)]
        params: dict[str, object] = {
            "step": refused.command.transition,
            "number": len(self.steps) + 1,
            "place": _place(source, refused.mark),
        }
        key = "as_expected" if self.met else "refused"
        if not self.met and script.stage is None and self._at_the_end:
            key, params["missing"] = "other_reasons", listed(self._missing)
        reasons = [tell("walks.reason", code=r.code, why=Words(r.message("zh"), r.message("en"))) for r in self.refusal.reasons]
        return [tell(f"walks.{key}", **params), *reasons]


def take(definition: Definition, script: Script) -> Walk:
    """Take the steps of `script` one after the other; what forms recorded is known to those that follow."""
    state, recorded = script.start, dict[str, object]()
    taken: list[Accepted] = []
    for step in script.steps:
        known = {**step.facts, **forms.recorded_facts(definition, recorded)}
        verdict = decide(definition, state=state, command=step.command, roles=step.roles, facts=known, own_door=True)
        if isinstance(verdict, Refused):
            return Walk(script, tuple(taken), state, verdict)
        taken.append(verdict)
        recorded |= forms.stored(verdict.data)
        state = verdict.to
    return Walk(script, tuple(taken), state)


def told(walks: Sequence[Walk], source: str, lang: Lang) -> str:
    """All walks for a terminal, and how many came to what they should."""
    met = sum(walk.met for walk in walks)
    last = tell("walks.summary", source=source, count=len(walks), met=met, unmet=len(walks) - met)
    return "\n".join([*(walk.told(source, lang) for walk in walks), last.in_(lang)])


def _place(source: str, mark: Mark) -> str:
    return f"{source}:{mark.line}:{mark.column}"
