"""What a definition needs from outside: the names it may use and somebody who compiles its expressions.

The desk builds one `Vocabulary` from its tables of facts and effects; tests build their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from app.texts import Words

FactType = Literal["bool", "int", "money", "string", "strings", "timestamp"]
ParamType = Literal["string", "int", "bool", "message"]


class Verdict(Protocol):
    """The outcome of an expression; `value` is None when a fact that decides it is unknown."""

    @property
    def value(self) -> bool | None:
        """True, false, or None for unknown."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts that were unknown, if `value` is None."""


class Expression(Protocol):
    """A compiled, type-checked boolean expression."""

    @property
    def text(self) -> str:
        """The expression as its author wrote it."""

    @property
    def names(self) -> frozenset[str]:
        """The facts it refers to, such as `complaint.severity` or `form.outcome`; `known_x` counts as `x`."""

    def evaluate(self, facts: Mapping[str, object]) -> Verdict:
        """The verdict on `facts`, a flat mapping that leaves unknown facts out."""


class ExpressionError(Exception):
    """An expression does not compile; `line` and `column` count from 1 within its own text.

    `unknown` names the undeclared reference, if that is what is wrong; `more` holds what else is.
    """

    def __init__(
        self,
        message: Words | str,
        line: int = 1,
        column: int = 1,
        unknown: str | None = None,
        more: tuple[ExpressionError, ...] = (),
    ) -> None:
        super().__init__(message)
        self.words = message if isinstance(message, Words) else Words(message, message)
        self.line, self.column, self.unknown, self.more = line, column, unknown, more


@dataclass(frozen=True, slots=True)
class EffectParam:
    """A parameter that an effect takes from the YAML; `choices` closes the values of a string."""

    name: str
    type: ParamType = "string"
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EffectField:
    """A field of the transition's form that an effect reads; `types` are the field types it can use."""

    name: str
    types: tuple[str, ...]
    required: bool = True


@dataclass(frozen=True, slots=True)
class EffectSpec:
    """An effect as the loader sees it: its parameters, and what it takes out of the form."""

    name: str
    params: tuple[EffectParam, ...] = ()
    fields: tuple[EffectField, ...] = field(default=())


class Vocabulary(Protocol):
    """All names that a definition may use besides its own."""

    def __hash__(self) -> int:
        """Equal vocabularies admit the same definitions, so that a text is read once for all of them."""

    @property
    def roles(self) -> frozenset[str]:
        """The roles of people and of `system`."""

    @property
    def calendars(self) -> frozenset[str]:
        """The named calendars, `always` among them."""

    @property
    def effects(self) -> Mapping[str, EffectSpec]:
        """The effects by name."""

    @property
    def facts(self) -> Mapping[str, FactType]:
        """The facts by name with their types, companions `known_…` among them."""

    @property
    def placeholders(self) -> frozenset[str]:
        """What a message to the customer may hold in braces, such as `number`."""

    def compile(self, text: str, fields: Mapping[str, FactType]) -> Expression:
        """`text` compiled over the facts and `fields`, typed `form.…` and `recorded.…` that may all be unknown.

        Raises ExpressionError.
        """
