"""A file of scripted walks into values, or `WalksInvalid` that names every mistake with line, column and nearest name."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from app.texts import Words
from app.workflow import forms
from app.workflow.definition import Definition
from app.workflow.machine import Command
from app.workflow.problems import DefinitionError, Mark, Problems, TooMany
from app.workflow.reader import Known, Named, Reader, Section
from app.workflow.samples import AT
from app.workflow.walk_values import read_data, read_facts
from app.workflow.walks import Script, Step
from app.workflow.yaml_source import Node, Scalar

REFUSED: Final = "refused"
WALK_KEYS: Final = ("roles", "steps", "expect")
WALK_OPTIONAL: Final = ("title", "start", "facts", "reasons")
STEP_OPTIONAL: Final = ("data", "note", "roles", "facts")
CODES: Final = frozenset(
    {
        "role_refused",
        "fact_unknown",
        "transition_not_available",
        "note_required",
        "data_not_object",
        "field_chosen_twice",
        "field_choice_count",
        "field_control_character",
        "field_missing",
        "field_must_be_ticked",
        "field_not_a_boolean",
        "field_not_a_date",
        "field_not_a_datetime",
        "field_not_a_list",
        "field_not_an_integer",
        "field_not_an_option",
        "field_not_applicable",
        "field_not_money",
        "field_not_text",
        "field_out_of_range",
        "field_too_long",
        "field_unknown",
    }
)
"""The reasons of a refusal besides the guards of the step."""
_LEFT_OUT: Final = {"field_missing", "note_required"}


class WalksInvalid(DefinitionError):
    """A file of scripted walks cannot be used; each reason says where, why, and the nearest right name."""

    code = "walks_invalid"


def read_walks(text: str, definition: Definition, roles: frozenset[str], *, source: str = "walks.yaml") -> tuple[Script, ...]:
    """The walks in `text` through `definition`; `roles` are all that somebody may hold. Raises WalksInvalid."""
    problems = Problems()
    found: tuple[Script, ...] = ()
    with suppress(TooMany):
        found = _File(Reader(text.removeprefix("\ufeff"), problems), definition, roles).walks()
    if problems:
        raise WalksInvalid(problems.sorted(), source)
    return found


class _File:
    """One file of walks, with the definition that it is about."""

    def __init__(self, reader: Reader, definition: Definition, roles: frozenset[str]) -> None:
        self._reader, self._problems, self._definition = reader, reader.problems, definition
        self._known = Known(stages=definition.stages, transitions=dict.fromkeys(t.name for t in definition.transitions))
        self._roles = roles

    def walks(self) -> tuple[Script, ...]:
        root = self._reader.root(required=("walks",), optional=("facts",))
        if root is None:
            return ()
        nodes = root.entries("walks")
        if root.get("walks") is not None and not nodes:
            self._problems.add(root.mark_of("walks"), "empty_section", name="walks")
        read = (self._walk(name, node, root.get("facts")) for name, node in nodes.items())
        return tuple(script for script in read if script is not None)

    def _walk(self, name: Named, node: Node, common: Node | None) -> Script | None:
        section = self._reader.section(node, required=WALK_KEYS, optional=WALK_OPTIONAL)
        if section is None:
            return None
        named = self._known.this(self._problems, section.name("start"), self._known.stages, "unknown_stage")
        start = named or self._definition.start
        facts = self._facts(section.get("facts"), self._facts(common, {"now": AT}))
        nodes = section.items("steps")
        if section.get("steps") is not None and not nodes:
            self._problems.add(section.mark_of("steps"), "empty_section", name="steps")
        stage, reasons = self._expectation(section, nodes[-1] if nodes else None)
        roles, steps = self._roles_of(section), list[Step]()
        state: str | None = start
        for number, one in enumerate(nodes, 1):
            excused = {*reasons, *_LEFT_OUT} if stage is None and number == len(nodes) else set[str]()
            step, state = self._step(one, facts, roles, state, excused)
            if step is not None:
                steps.append(step)
                facts = step.facts
        return Script(name.text, section.words("title"), start, tuple(steps), stage, reasons, name.mark)

    def _step(
        self, node: Node, facts: Mapping[str, object], roles: frozenset[str], state: str | None, excused: set[str]
    ) -> tuple[Step | None, str | None]:
        """The step, and the stage it leads to; None after one that does not start from `state`, which the walk will tell."""
        section = None
        if not isinstance(node, Scalar):
            section = self._reader.section(node, required=("transition",), optional=STEP_OPTIONAL)
            if section is None:
                return None, None
        named = section.name("transition") if section is not None else self._reader.name(node)
        name = self._known.this(self._problems, named, self._known.transitions, "unknown_transition")
        note, data, marks = None, dict[str, object](), dict[str, Mark]()
        if section is not None:
            facts = self._facts(section.get("facts"), facts)
            roles = self._roles_of(section) or roles
            data, marks = read_data(self._reader, section.get("data"), self._definition, facts)
            written = section.get("note")
            scalar = None if written is None else self._reader.scalar(written)
            note = None if scalar is None else scalar.text
        if name is None or named is None:
            return None, None
        step = Step(Command(name, data, note), roles, facts, named.mark)
        transition = self._definition.steps[state].get(name) if state is not None else None
        if transition is None or state is None:
            return step, None
        _, reasons = forms.validate(transition.form, data)
        _, against = forms.validate_note(note, required=transition.note_required)
        for reason in (*reasons, *against):
            if reason.code not in excused:
                mark = marks.get((reason.where or "").removeprefix("data."), named.mark)
                self._problems.tell(mark, reason.code, Words(reason.message("zh"), reason.message("en")))
        return step, transition.to(state)

    def _facts(self, node: Node | None, known: Mapping[str, object]) -> Mapping[str, object]:
        return known if node is None else read_facts(self._reader, node, self._definition, known)

    def _roles_of(self, section: Section) -> frozenset[str]:
        return frozenset(Known().these(self._problems, section.names("roles"), self._roles, "unknown_role"))

    def _expectation(self, section: Section, last: Node | None) -> tuple[str | None, tuple[str, ...]]:
        """The stage expected at the end; or None, and the reasons for which `last` must be refused."""
        expected = section.one_of("expect", [*self._known.stages, REFUSED], "unknown_stage")
        named = section.names("reasons")
        if expected == REFUSED and (named or REFUSED not in self._known.stages):
            if not named:
                self._problems.add(section.mark_of("expect"), "refusal_without_reasons")
            guards = self._guards(last)
            return None, Known().these(self._problems, named, guards | CODES, "unknown_reason")
        if named:
            self._problems.add(section.mark_of("reasons"), "reasons_without_refusal")
        return expected or self._definition.start, ()

    def _guards(self, last: Node | None) -> frozenset[str]:
        """The names of the guards of the step that is to be refused."""
        node = last if last is None or isinstance(last, Scalar) else getattr(last, "get", lambda _: None)("transition")
        name = node.text if isinstance(node, Scalar) else ""
        return frozenset(g.name for t in self._definition.transitions if t.name == name for g in t.guards)
