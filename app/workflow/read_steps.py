"""The `transitions:` section: who may go from where to where, under which guards, with which effects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.texts import Words
from app.workflow import yaml_source
from app.workflow.definition import MEANINGS, Constant, EffectCall, Field, Form, Guard, Stage, Transition
from app.workflow.forms import FACT_TYPES
from app.workflow.ports import EffectParam, EffectSpec, Expression, ExpressionError, FactType, Vocabulary
from app.workflow.problems import Problems
from app.workflow.reader import Known, Named, Places, Reader, Section
from app.workflow.telling import nearest
from app.workflow.yaml_source import Node, Scalar, Table

ANY = "any"
SAME = "same"
NOTES = ("required", "optional")
REQUIRED = ("name", "title", "from", "to", "roles")
OPTIONAL = ("except", "means", "guards", "form", "effects", "note", "arms")
_RECORDED = re.compile(r"(?<![\w.])recorded\.(\w+)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


@dataclass(frozen=True, slots=True)
class Book:
    """All that a transition may refer to."""

    vocabulary: Vocabulary
    stages: Mapping[str, Stage]
    forms: Mapping[str, Form]
    groups: Mapping[str, frozenset[str]]
    known: Known
    places: Places
    recorded: Mapping[str, FactType]
    sealed: frozenset[str]


def read_transitions(reader: Reader, nodes: tuple[Node, ...], book: Book) -> tuple[Transition, ...]:
    """All transitions in the order of the file."""
    found: list[Transition] = []
    for node in nodes:
        section = reader.section(node, required=REQUIRED, optional=OPTIONAL)
        transition = None if section is None else _transition(section, book)
        if transition is None:
            book.places.flow_broken = True
        else:
            found.append(transition)
            book.places.transitions.append(section.mark_of("name") if section is not None else node.mark)
    return tuple(found)


def _transition(section: Section, book: Book) -> Transition | None:
    problems = section.reader.problems
    name, title = section.name("name"), section.words("title")
    sources, target = _sources(section, book), _target(section, book)
    roles = _roles(section, book)
    form_name = book.known.this(problems, section.name("form"), book.known.forms, "unknown_form")
    form = book.forms.get(form_name) if form_name is not None else None
    means = section.one_of("means", MEANINGS, "unknown_meaning")
    guards = _guards(section, form, book)
    effects = _effects(section, form, book)
    arms = book.known.these(problems, section.names("arms"), book.known.timers, "unknown_timer")
    note = section.one_of("note", NOTES, "unknown_note")
    if name is None or not sources or target is None:
        return None
    return Transition(
        name.text,
        title or Words(name.text, name.text),
        sources,
        None if target == SAME else target,
        roles,
        means=means,
        guards=guards,
        form=form,
        effects=effects,
        note_required=note == "required",
        arms=arms,
        line=name.mark.line,
    )


def _sources(section: Section, book: Book) -> tuple[str, ...]:
    """The stages it starts from; `any` stands for every stage that is not final."""
    problems, names = section.reader.problems, section.names("from")
    excepted = book.known.these(problems, section.names("except"), book.stages, "unknown_stage")
    if any(n.text == ANY for n in names):
        if len(names) > 1:
            problems.add(section.mark_of("from"), "any_with_others")
        return tuple(s.name for s in book.stages.values() if not s.final and s.name not in excepted)
    if section.get("except") is not None:
        problems.add(section.mark_of("except"), "except_without_any")
    found = book.known.these(problems, names, [*book.stages, ANY], "unknown_stage")
    return tuple(name for name in found if name != ANY)


def _target(section: Section, book: Book) -> str | None:
    return book.known.this(section.reader.problems, section.name("to"), [*book.stages, SAME], "unknown_stage")


def _roles(section: Section, book: Book) -> frozenset[str]:
    known = [*book.vocabulary.roles, *book.groups]
    names = book.known.these(section.reader.problems, section.names("roles"), known, "unknown_role")
    return frozenset(role for name in names for role in book.groups.get(name, {name}))


# ------------------------------------------------------------------------------------------------------------- guards


def _guards(section: Section, form: Form | None, book: Book) -> tuple[Guard, ...]:
    found: dict[str, Guard] = {}
    for node in section.items("guards"):
        guard = section.reader.section(node, required=("name", "expr", "refusal"))
        if guard is None:
            continue
        name, refusal = guard.name("name"), guard.words("refusal")
        expression = _expression(guard, form, book)
        if name is not None and name.text in found:
            guard.reader.problems.add(name.mark, "guard_twice", name=name.text)
        elif name is not None and refusal is not None and expression is not None:
            on_form = any(n.startswith("form.") for n in expression.names)
            found[name.text] = Guard(name.text, expression, refusal, on_form)
    return tuple(found.values())


def _expression(guard: Section, form: Form | None, book: Book) -> Expression | None:
    node = guard.get("expr")
    scalar = None if node is None else guard.reader.scalar(node)
    if scalar is None:
        return None
    fields = {**book.recorded, **form_names(form)}
    try:
        expression = book.vocabulary.compile(scalar.text, fields)
    except ExpressionError as error:
        for one in (error, *error.more):
            _told(guard.reader, scalar, one, {*book.vocabulary.facts, *fields})
        return None
    for match in _RECORDED.finditer(_QUOTED.sub(lambda quoted: " " * len(quoted[0]), scalar.text)):
        if match[1] in book.sealed:
            place = yaml_source.place_within(guard.reader.text, scalar, *_line_and_column(scalar.text, match.start()))
            guard.reader.problems.add(place, "sealed_field", name=match[0])
    return expression


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")


def _told(reader: Reader, scalar: Scalar, error: ExpressionError, names: set[str]) -> None:
    """The error of an expression at its own place in the file."""
    mark = yaml_source.place_within(reader.text, scalar, error.line, error.column)
    if error.unknown is None:
        reader.problems.add(mark, "expression", detail=error.words)
    else:
        reader.problems.add(mark, "unknown_fact", nearest(error.unknown, names), name=error.unknown)


def form_names(form: Form | None) -> dict[str, FactType]:
    """The typed facts that a form adds to the guards of its transition."""
    return {f"form.{f.name}": FACT_TYPES[f.type] for f in (form.fields if form is not None else ())}


def recorded_names(forms: Mapping[str, Form]) -> dict[str, FactType]:
    """The typed facts of what was recorded by any form."""
    return {f"recorded.{f.name}": FACT_TYPES[f.type] for form in forms.values() for f in form.fields}


def sealed_names(forms: Mapping[str, Form]) -> frozenset[str]:
    """The fields whose values no guard can read once they are recorded."""
    return frozenset(f.name for form in forms.values() for f in form.fields if f.sealed)


# ------------------------------------------------------------------------------------------------------------ effects


def _effects(section: Section, form: Form | None, book: Book) -> tuple[EffectCall, ...]:
    found: list[EffectCall] = []
    for node in section.items("effects"):
        call = _effect(section.reader, node, form, book)
        if call is not None:
            found.append(call)
    return tuple(found)


def _effect(reader: Reader, node: Node, form: Form | None, book: Book) -> EffectCall | None:
    """`resolved`, or `count: {counter: vents}`."""
    problems = reader.problems
    params: Node | None = None
    if isinstance(node, Table):
        if len(node.entries) != 1:
            problems.add(node.mark, "one_effect_an_item")
            return None
        name, params = reader.name(node.entries[0].key), node.entries[0].value
    else:
        name = reader.name(node)
    known = book.known.this(problems, name, book.vocabulary.effects, "unknown_effect")
    if known is None or name is None:
        return None
    spec = book.vocabulary.effects[known]
    _fields_for(problems, name, spec, form)
    return EffectCall(known, _params(reader, name, spec, params, book), name.mark.line)


def _fields_for(problems: Problems, name: Named, spec: EffectSpec, form: Form | None) -> None:
    """An effect finds what it takes out of the form: there, of a type it can use, and always filled if it must be."""
    fields: Mapping[str, Field] = form.by_name if form is not None else {}
    for wanted in spec.fields:
        field = fields.get(wanted.name)
        if field is None:
            if wanted.required:
                problems.add(name.mark, "effect_needs_field", effect=spec.name, field=wanted.name)
        elif field.type not in wanted.types:
            types = ", ".join(wanted.types)
            problems.add(name.mark, "effect_field_type", effect=spec.name, field=wanted.name, types=types)
        elif wanted.required and (not field.required or field.when is not None):
            problems.add(name.mark, "effect_field_optional", effect=spec.name, field=wanted.name)


def _params(reader: Reader, name: Named, spec: EffectSpec, node: Node | None, book: Book) -> Mapping[str, Constant]:
    required = [p.name for p in spec.params if p.required]
    optional = [p.name for p in spec.params if not p.required]
    if node is None:
        if required:
            reader.problems.add(name.mark, "effect_needs_params", effect=spec.name, params=", ".join(required))
        return {}
    section = reader.section(node, required=required, optional=optional)
    if section is None:
        return {}
    values = {p.name: _param(section, p, book) for p in spec.params if section.get(p.name) is not None}
    return {n: v for n, v in values.items() if v is not None}


def _param(section: Section, param: EffectParam, book: Book) -> Constant | None:
    if param.choices:
        return section.one_of(param.name, param.choices, "unknown_choice")
    if param.type == "int":
        return section.integer(param.name)
    if param.type == "bool":
        return section.flag(param.name)
    if param.type == "message":
        return book.known.this(section.reader.problems, section.name(param.name), book.known.messages, "unknown_message")
    node = section.get(param.name)
    scalar = None if node is None else section.reader.scalar(node)
    return None if scalar is None else scalar.text
