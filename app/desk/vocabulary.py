"""All names a workflow may use, gathered from the desk's tables; what the loader checks definitions against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, cached_property

from app.access.roles import Role
from app.desk.effects import EFFECTS
from app.desk.facts import FACTS, declarations
from app.rules.expression import Environment
from app.rules.problems import ExpressionError as RuleError
from app.workflow.ports import EffectSpec, Expression, ExpressionError, FactType
from app.workflow.reading import Names

PLACEHOLDERS = frozenset({"number", "name", "incident", "repair_time"})
"""What a message to a customer may hold in braces."""


class Vocabulary:
    """Roles, calendars, effects, facts and the compiler of expressions. See workflow.ports.Vocabulary."""

    def __init__(self, calendars: frozenset[str]) -> None:
        self.calendars = calendars | {"always"}
        self.roles = frozenset(role.value for role in Role)
        self.effects: Mapping[str, EffectSpec] = {name: effect.spec for name, effect in EFFECTS.items()}
        self.placeholders = PLACEHOLDERS

    def __eq__(self, other: object) -> bool:
        """All else is the same in every vocabulary of this program."""
        return isinstance(other, Vocabulary) and self.calendars == other.calendars

    def __hash__(self) -> int:
        return hash(self.calendars)

    @cached_property
    def facts(self) -> Mapping[str, FactType]:
        """Facts with their types, and the companions of those that may be unknown."""
        known: dict[str, FactType] = {}
        for fact in FACTS:
            known[fact.name] = fact.type  # type: ignore[assignment]
            if fact.optional:
                known[f"known_{fact.name}"] = "bool"
        return known

    def names(self, calendars: Iterable[str], tags: Iterable[str] | None = None, segments: Iterable[str] | None = None) -> Names:
        """What a policy may refer to: `calendars`, `tags` and `segments` that it is published beside; None: not checked."""
        tagged, grouped = (None if known is None else frozenset(known) for known in (tags, segments))
        return Names(frozenset(calendars) | {"always"}, self.roles, _rule, tagged, grouped)

    def compile(self, text: str, fields: Mapping[str, FactType]) -> Expression:
        """`text` compiled over the facts and the typed `form.…` and `recorded.…` fields."""
        return _compiled(text, fields)


def _rule(text: str) -> Expression:
    """`text` compiled over the facts alone. Not a method, so that equal names are equal, and a policy is read once."""
    return _compiled(text, {})


def _compiled(text: str, fields: Mapping[str, FactType]) -> Expression:
    try:
        return _environment().compile(text, fields)
    except RuleError as error:
        first, *more = [ExpressionError(p.words, p.line, p.column, p.unknown) for p in error.problems]
        raise ExpressionError(first.words, first.line, first.column, first.unknown, tuple(more)) from error


@cache
def _environment() -> Environment:
    return Environment(declarations())
