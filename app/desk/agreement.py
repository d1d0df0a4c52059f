"""A workflow and the policy have to agree: what a step orders, promises and records, the policy has names for.

And the other way round: the steps that clocks take at their levels are steps of some workflow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from app.desk.policy import Policy
from app.workflow.definition import Definition, Transition
from app.workflow.problems import DefinitionError, Mark, Problems

ORDERS, PROMISES, CONTACTS = "work_order", "promise", "contact"


def check_agreement(definition: Definition, policy: Policy, source: str) -> None:
    """Raises DefinitionError with every department, kind of promise and channel that the policy lacks, at the step's effect.

    A policy without the section has no rule about it, and agrees with everything.
    """
    problems = Problems()
    for transition in definition.transitions:
        for call in transition.effects:
            mark = Mark(max(call.line, 1), 1)
            if call.name == ORDERS and policy.departments is not None:
                for name in _options(transition, "department"):
                    _known(problems, mark, "unknown_department", name, policy.departments)
            if call.name == CONTACTS and policy.channels is not None:
                for name in _options(transition, "channel"):
                    _known(problems, mark, "unknown_channel", name, policy.channels)
            if call.name == PROMISES and policy.promises is not None:
                _known(problems, mark, "unknown_promise", str(call.params.get("kind", "")), policy.promises)
    if problems:
        raise DefinitionError(problems.sorted(), source)


def check_clock_steps(policy: Policy, definitions: Iterable[Definition], source: str) -> None:
    """Raises DefinitionError with every step of a clock's level that none of the workflows has, at its line in the policy."""
    known = {transition.name for definition in definitions for transition in definition.transitions}
    problems = Problems()
    for rule in policy.clocks.values():
        for actions in (level.actions for level in (*rule.warns, rule.breach)):
            if actions.transition is not None:
                _known(problems, Mark(actions.line, 1), "unknown_transition", actions.transition, known)
    if problems:
        raise DefinitionError(problems.sorted(), source)


def _options(transition: Transition, name: str) -> Iterator[str]:
    field = transition.form.by_name.get(name) if transition.form is not None else None
    for option in field.options if field is not None else ():
        yield option.value


def _known(problems: Problems, mark: Mark, code: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        problems.unknown(mark, code, name, known)
