"""Builders of the workflow tests: a vocabulary over the real rules, and small workflows as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.calendars.loader import load_calendars
from app.catalogue.tags import load_tags
from app.customers.segments import load_segments
from app.desk.vocabulary import Vocabulary
from app.rules.expression import Environment
from app.rules.facts import FactDecl
from app.rules.problems import ExpressionError as RuleError
from app.texts import Words
from app.workflow import schema
from app.workflow.definition import Definition, Field, FieldType, Form, Option
from app.workflow.loader import load
from app.workflow.ports import EffectField, EffectParam, EffectSpec, Expression, ExpressionError, FactType
from app.workflow.problems import DefinitionError, Problem
from app.workflow.reading import Names

DELIVERED = Path(__file__).parents[2] / "workflows" / "complaint.yaml"


def delivered_names() -> Names:
    """What the delivered policy may refer to."""
    calendars = load_calendars(DELIVERED.with_name("calendars.yaml").read_text("utf-8"))
    tags = load_tags(DELIVERED.with_name("tags.yaml").read_text("utf-8"))
    segments = load_segments(DELIVERED.with_name("segments.yaml").read_text("utf-8"))
    return Vocabulary(frozenset(calendars)).names(calendars, tags.names, segments.table)


FACTS: Mapping[str, str] = {
    "complaint.severity": "int",
    "complaint.channel": "string",
    "complaint.sensitive": "bool",
    "complaint.round": "int",
    "complaint.not_satisfied": "int",
    "complaint.reopened": "int",
    "complaint.vents": "int",
    "complaint.hang_ups": "int",
    "complaint.resolved": "bool",
    "complaint.opened_at": "timestamp",
    "complaint.state_since": "timestamp",
    "complaint.last_contact_at": "timestamp",
    "complaint.closed_at": "timestamp?",
    "complaint.callback_from": "timestamp?",
    "complaint.callback_until": "timestamp?",
    "complaint.tags": "strings",
    "complaint.motives": "strings",
    "complaint.open_work_orders": "int",
    "complaint.blocking_work_orders": "int",
    "complaint.open_promises": "int",
    "complaint.open_grants": "int",
    "complaint.broken_promises": "int",
    "complaint.attempts": "int",
    "complaint.attempt_dayparts": "int",
    "complaint.attempt_days": "int",
    "complaint.verification": "int",
    "complaint.emotion": "int?",
    "complaint.has_owner": "bool",
    "complaint.remedy_kind": "string?",
    "customer.segment": "string?",
    "customer.consent_marketing": "bool",
    "customer.sensitive": "bool",
    "customer.provisional": "bool",
    "actor.is_owner": "bool",
    "actor.roles": "strings",
    "now": "timestamp",
}

ROLES = "first_line handler shop account_manager supervisor back_office marketer auditor admin integration system"
_TEXT = ("text", "string")


def _effect(name: str, *params: EffectParam, **fields: tuple[tuple[str, ...], bool]) -> EffectSpec:
    return EffectSpec(name, params, tuple(EffectField(n, types, required) for n, (types, required) in fields.items()))


EFFECTS = {
    spec.name: spec
    for spec in (
        _effect("severity", EffectParam("at_least", "int")),
        _effect("count", EffectParam("counter", choices=("not_satisfied", "reopened", "vents", "hang_ups"))),
        _effect("resolved"),
        _effect("unresolved"),
        _effect("new_round"),
        _effect("attempt", outcome=(("choice",), True)),
        _effect("contact", channel=(("choice",), False), emotion_end=(("integer",), False)),
        _effect("emotion", emotion_end=(("integer",), False), emotion=(("integer",), False)),
        _effect("motives", motives=(("choices",), True)),
        _effect("agree_callback", window_from=(("datetime",), True), window_until=(("datetime",), True)),
        _effect("promise", EffectParam("kind"), promise_due=(("datetime",), False), promise_text=(_TEXT, False)),
        _effect("work_order", department=(("choice", "string"), True), request=(_TEXT, True), blocking=(("boolean",), False)),
        _effect("remedy", remedy_kind=(("choice",), True), remedy_amount=(("money",), False), remedy_text=(_TEXT, False)),
        _effect("send", EffectParam("channel", choices=("sms", "email")), EffectParam("message", "message")),
        _effect("reassign", EffectParam("to", choices=("owner", "nobody", "duty", "actor"))),
        _effect("hand_over", new_owner=(("string",), False), to_person=(("string",), False), to_team=(("string",), False)),
        _effect("suggestion", suggestion=(("choice",), True), suggestion_text=(_TEXT, False)),
    )
}


class TestVocabulary:
    """The names that the desk offers, compiled by the real rules."""

    __test__ = False

    def __init__(self) -> None:
        self.roles = frozenset(ROLES.split())
        self.calendars = frozenset({"always", "service"})
        self.effects: Mapping[str, EffectSpec] = EFFECTS
        self.placeholders = frozenset({"number", "name", "incident", "repair_time"})
        declared = [(n, t.removesuffix("?"), t.endswith("?")) for n, t in FACTS.items()]
        types: dict[str, str] = {n: t for n, t, _ in declared} | {f"known_{n}": "bool" for n, _, optional in declared if optional}
        self.facts: Mapping[str, FactType] = types  # type: ignore[assignment]
        self._environment = Environment(FactDecl(n, t, Words(n, n), optional) for n, t, optional in declared)  # type: ignore[arg-type]

    def compile(self, text: str, fields: Mapping[str, FactType]) -> Expression:
        try:
            return self._environment.compile(text, fields)
        except RuleError as error:
            first, *more = [ExpressionError(p.words, p.line, p.column, p.unknown) for p in error.problems]
            first.more = tuple(more)
            raise first from error


VOCABULARY = TestVocabulary()


def loaded(text: str, **options: Any) -> Definition:
    """The definition in `text` over the test vocabulary."""
    return load(text, VOCABULARY, **options)


def words(text: str) -> Words:
    """The same text in both languages."""
    return Words(text, text)


def form(*fields: Field) -> Form:
    """A form of `fields` with its schemas, as the loader makes it."""
    return Form("form", words("form"), fields, schema.schemas(words("form"), fields))


def field(name: str, type_: FieldType, **options: Any) -> Field:
    """A field; `options` may be given by their values."""
    if "options" in options:
        options["options"] = tuple(Option(value, words(value)) for value in options["options"])
    return Field(name, type_, words(name), **options)


SMALL = """\
workflow: small
title: {zh: 小流程, en: Small}
start: new
stages:
  new:
    title: {zh: 新, en: New}
    kind: working
    tmf: acknowledged
  work:
    title: {zh: 处理, en: Work}
    kind: working
    tmf: inProgress
  done:
    title: {zh: 完成, en: Done}
    kind: final
    tmf: closed
forms:
  answer:
    title: {zh: 答复, en: Answer}
    fields:
      result:
        type: choice
        title: {zh: 结果, en: Result}
        required: true
        options:
          good: {zh: 好, en: Good}
          bad: {zh: 不好, en: Bad}
      why:
        type: text
        title: {zh: 原因, en: Why}
        when: result == "bad"
transitions:
  - name: begin
    title: {zh: 开始, en: Begin}
    from: new
    to: work
    roles: [handler]
  - name: finish
    title: {zh: 完成, en: Finish}
    from: work
    to: done
    roles: [handler, system]
    form: answer
    guards:
      - name: calm
        expr: complaint.severity < 3
        refusal: {zh: 太严重, en: Too severe}
    effects:
      - resolved
      - send: {channel: sms, message: thanks}
  - name: expire
    title: {zh: 过期, en: Expire}
    from: work
    to: done
    roles: [system]
timers:
  wait:
    title: {zh: 等待, en: Wait}
    in: work
    after: 7 days
    trigger: expire
messages:
  thanks:
    zh: 谢谢 {number}
    en: Thanks {number}
"""


def small(*changes: tuple[str, str]) -> str:
    """The small workflow with texts replaced; each must be there exactly once."""
    text = SMALL
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def problems(text: str) -> list[Problem]:
    with pytest.raises(DefinitionError) as caught:
        loaded(text)
    return list(caught.value.problems)


def place(text: str, fragment: str) -> tuple[int, int]:
    """Line and column of the only place where `fragment` stands; `|` in it marks the very character."""
    at = fragment.index("|") if "|" in fragment else 0
    fragment = fragment.replace("|", "", 1)
    assert text.count(fragment) == 1, f"{fragment!r} stands {text.count(fragment)} times"
    before = text[: text.index(fragment) + at]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)

# A fresh complaint of an ordinary customer, as the desk would tell it.
FRESH: dict[str, Any] = {
    "complaint.severity": 2,
    "complaint.channel": "phone",
    "complaint.sensitive": False,
    "complaint.round": 1,
    "complaint.not_satisfied": 0,
    "complaint.reopened": 0,
    "complaint.vents": 0,
    "complaint.hang_ups": 0,
    "complaint.resolved": False,
    "complaint.opened_at": NOW,
    "complaint.state_since": NOW,
    "complaint.last_contact_at": NOW,
    "complaint.tags": [],
    "complaint.motives": [],
    "complaint.open_work_orders": 0,
    "complaint.blocking_work_orders": 0,
    "complaint.open_promises": 0,
    "complaint.open_grants": 0,
    "complaint.broken_promises": 0,
    "complaint.attempts": 0,
    "complaint.attempt_dayparts": 0,
    "complaint.attempt_days": 0,
    "complaint.verification": 0,
    "complaint.has_owner": True,
    "customer.consent_marketing": False,
    "customer.sensitive": False,
    "customer.provisional": False,
    "actor.is_owner": True,
    "actor.roles": ["handler"],
    "now": NOW,
}
