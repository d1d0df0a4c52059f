"""The same checked rule as a condition over columns, for searching and targeting.

A row matches exactly when the rule is true of it: CEL's three outcomes and SQL's three truth values agree, NULL standing for
unknown. What has no equal on both SQLite and PostgreSQL is refused by name, when a definition is published and not when it
runs. Sums and products are of 64 bits on PostgreSQL; one that overflows there is an error of the query.
"""

from __future__ import annotations

import operator
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    true,
)  # fmt: skip
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from app.rules import moments
from app.rules.expression import Expression
from app.rules.problems import NotSearchable
from app.rules.searchable import construct, refusal, storable
from app.rules.tree import Call, Name, Node, free_names
from app.texts import Words, words


@dataclass(frozen=True, slots=True)
class Members:
    """A list kept in other rows or in a JSON value, as SQL sees it.

    `known` is true where the list is known, be it empty; `contains(value)` whether it holds `value`; `size` its length, if
    that can be told.
    """

    known: ColumnElement[bool]
    contains: Callable[[ColumnElement[Any]], ColumnElement[bool]]
    size: ColumnElement[int] | None = None


Column = ColumnElement[Any] | Members | Words | datetime | timedelta | str | int | float | bool | list[str] | None
"""How a fact is found: a column, a list, Words that say why it has none, or a value that is the same for all rows."""

_ORDER: Final[Mapping[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    "_<_": operator.lt, "_<=_": operator.le, "_>_": operator.gt, "_>=_": operator.ge,
}  # fmt: skip
_EQUALITY: Final[Mapping[str, Callable[[Any, Any], ColumnElement[bool]]]] = {"_==_": operator.eq, "_!=_": operator.ne}
_COMPARE: Final = {**_ORDER, **_EQUALITY}
_ARITHMETIC: Final[Mapping[str, Callable[[Any, Any], ColumnElement[Any]]]] = {
    "_+_": operator.add, "_-_": operator.sub, "_*_": operator.mul,
}  # fmt: skip
_TEXT_TESTS: Final = frozenset({"startsWith", "endsWith", "contains"})
_TYPES: Final[Mapping[type, TypeEngine[Any]]] = {bool: Boolean(), int: BigInteger(), float: Double(), str: String()}
_TEMPORAL: Final = frozenset({"timestamp", "duration"})


def to_sql(expression: Expression, columns: Mapping[str, Column]) -> ColumnElement[bool]:
    """The condition that `expression` holds, over `columns` by name of fact; raises NotSearchable.

    Facts given as plain values, such as `now`, are worked into the condition beforehand, so that columns stay bare for an index.
    """
    for name in sorted(expression.names):
        column = columns.get(name, words("rules.sql_no_reason"))
        if isinstance(column, Words):
            raise NotSearchable("sql_no_column", name=name, reason=column)
    return _Writer(expression, columns).condition(expression.tree.root)


class _Writer:
    def __init__(self, expression: Expression, columns: Mapping[str, Column]) -> None:
        self._expression = expression
        self._columns = columns
        self._types = expression.tree.types
        self._plain = {name: c for name, c in columns.items() if not isinstance(c, ColumnElement | Members | Words)}

    def condition(self, node: Node) -> ColumnElement[bool]:
        """`node`, which is true, false or unknown."""
        if self._constant(node):
            return _truth(self._value(node))
        match node:
            case Name():
                return self._flag(node.name.removeprefix("."))
            case Call(function="_&&_"):
                return and_(*(self.condition(arg) for arg in node.args))
            case Call(function="_||_"):
                return or_(*(self.condition(arg) for arg in node.args))
            case Call(function="!_"):
                return not_(self.condition(node.args[0]))
            case Call(function="_?_:_"):
                return self._choice(node, self.condition)
            case Call(function="@in"):
                return self._membership(*node.args)
            case Call() if node.function in _COMPARE:
                return self._comparison(node.function, *node.args)
            case Call() if node.function in _TEXT_TESTS and self._constant(node.args[1]):
                part = self._value(node.args[1])
                return _unknown() if part is None else _text_test(node.function, self._scalar(node.args[0]), storable(part))
            case _:
                raise refusal(node)

    def _scalar(self, node: Node) -> ColumnElement[Any]:
        """`node`, which is a number or a text."""
        if self._constant(node):
            return _literal(self._value(node))
        match node:
            case Name():
                column = self._columns[node.name.removeprefix(".")]
                if isinstance(column, ColumnElement):
                    return column
            case Call(function="_?_:_"):
                return self._choice(node, self._scalar)
            case Call(function="size") if self._types.get(node.args[0].id) == "string":
                return func.length(self._scalar(node.args[0]), type_=BigInteger())
            case Call(function="size", args=(Name(name=name),)):
                listed = self._columns[name]
                if isinstance(listed, Members) and listed.size is not None:
                    return case((listed.known, listed.size), else_=null())
            case Call(function="double") if self._types.get(node.args[0].id) in {"int", "double"}:
                return cast(self._scalar(node.args[0]), Double())
            case Call(function="_+_") if self._types.get(node.id) == "string":
                return self._scalar(node.args[0]).concat(self._scalar(node.args[1]))
            case Call():
                return self._arithmetic(node)
        raise refusal(node)

    def _arithmetic(self, node: Call) -> ColumnElement[Any]:
        if node.function == "-_":
            return -self._wide(node.args[0])
        if node.function in {"_/_", "_%_"}:
            return self._division(node)
        if node.function not in _ARITHMETIC:
            raise refusal(node)
        return _ARITHMETIC[node.function](self._wide(node.args[0]), self._wide(node.args[1]))

    def _constant(self, node: Node) -> bool:
        """Whether `node` holds no column, so that its value is the same for all rows."""
        facts = (self._expression.companions.get(name, name) for name in free_names(node))
        return all(fact in self._plain for fact in facts)

    def _value(self, node: Node) -> object | None:
        return self._expression.value(node, self._plain)

    def _flag(self, name: str) -> ColumnElement[bool]:
        fact = self._expression.companions.get(name)
        column = self._columns[fact or name]
        if isinstance(column, Members):
            return column.known
        if not isinstance(column, ColumnElement):
            return _truth(column if fact is None else column is not None)
        return column if fact is None else column.is_not(None)

    def _choice(self, node: Call, write: Callable[[Node], ColumnElement[Any]]) -> ColumnElement[Any]:
        condition, yes, no = node.args
        if self._types.get(node.id) in {*_TEMPORAL, "list", "other"}:
            raise refusal(node)
        holds = self.condition(condition)
        # An ELSE would take an unknown condition for false.
        return case((holds, write(yes)), (not_(holds), write(no)), else_=null())

    def _comparison(self, function: str, left: Node, right: Node) -> ColumnElement[bool]:
        kind = self._types.get(left.id)
        if kind in _TEMPORAL:
            return self._times(function, left, right)
        if any(self._constant(side) and self._value(side) is None for side in (left, right)):
            return _unknown()  # `column = NULL` would be written IS NULL, which is another question
        if kind == "bool" and function in _EQUALITY:
            return self._same_truth(left, right, negated=function == "_!=_")
        if kind not in {"int", "double", "string"}:
            raise construct(function.strip("_"), "list" if kind == "list" else "other")
        one, other = self._scalar(left), self._scalar(right)
        if kind == "string" and function in _ORDER:
            one, other = _ByCodePoint(one), _ByCodePoint(other)
        return _COMPARE[function](one, other)

    def _same_truth(self, left: Node, right: Node, *, negated: bool) -> ColumnElement[bool]:
        one, other = self.condition(left), self.condition(right)
        same = or_(and_(one, other), and_(not_(one), not_(other)))
        return not_(same) if negated else same

    def _membership(self, item: Node, among: Node) -> ColumnElement[bool]:
        kind = self._types.get(item.id)
        if self._constant(item) and self._value(item) is None:
            return _unknown()
        if isinstance(among, Name) and isinstance(listed := self._columns[among.name.removeprefix(".")], Members):
            value = self._scalar(item)
            known = listed.known if self._constant(item) else and_(listed.known, value.is_not(None))
            return case((known, listed.contains(value)), else_=null())
        if not self._constant(among) or kind not in {"int", "double", "string"}:
            raise construct("in", "literals")
        choices = self._value(among)
        if not isinstance(choices, list):
            return _unknown()
        value = self._scalar(item)
        if not choices:
            return and_(value.is_(None), null())  # false, but unknown where the value is
        return value.in_([storable(choice) for choice in choices])

    def _times(self, function: str, left: Node, right: Node) -> ColumnElement[bool]:
        turned = moments.compare(function, self._moment(left), self._moment(right))
        if turned is None:
            return _unknown()
        function, column, other = turned
        return _COMPARE[function](column, literal(other, column.type) if isinstance(other, datetime) else other)

    def _moment(self, node: Node) -> moments.Moment:
        """`node`, which is a time or a duration."""
        if self._constant(node):
            return moments.fixed(self._value(node))
        match node:
            case Name():
                column = self._columns[node.name.removeprefix(".")]
                if isinstance(column, ColumnElement):
                    return moments.moving(column)
            case Call(function="_+_"):
                return moments.add(self._moment(node.args[0]), self._moment(node.args[1]), 1)
            case Call(function="_-_"):
                return moments.add(self._moment(node.args[0]), self._moment(node.args[1]), -1)
        raise refusal(node)

    def _wide(self, node: Node) -> ColumnElement[Any]:
        """`node` as an operand: a whole number with 64 bits, as in CEL, whatever its column has."""
        number = self._scalar(node)
        return cast(number, BigInteger()) if isinstance(node, Name) and self._types.get(node.id) == "int" else number

    def _division(self, node: Call) -> ColumnElement[Any]:
        # A divisor from a column could be zero: NULL on SQLite, an error of the whole query on PostgreSQL.
        if not self._constant(node.args[1]):
            raise construct(node.function.strip("_"), "divide")
        divisor = self._value(node.args[1])
        if divisor is None:
            return null()
        if divisor == 0:
            raise construct(node.function.strip("_"), "divide")
        kind = _TYPES[type(divisor)]
        return self._wide(node.args[0]).op(node.function.strip("_"), return_type=kind)(literal(divisor, kind))


def _text_test(function: str, text: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """`startsWith`, `endsWith` and `contains` by character, case and all. Not by LIKE: SQLite's takes `a` for `A`."""
    given = literal(part, String())
    if function == "startsWith":
        return func.substr(text, 1, len(part)) == given
    if function == "endsWith":  # a text that is shorter yields fewer characters, and so never equals it
        return func.substr(text, func.length(text) - (len(part) - 1)) == given
    if not part:
        return text == text  # noqa: PLR0124  true, but unknown where the text is
    return func.replace(text, given, literal("", String())) != text


class _ByCodePoint(FunctionElement[str]):
    """A text to be ordered by its characters' numbers, as CEL and SQLite do."""

    name = "by_code_point"
    type = String()
    inherit_cache = True


@compiles(_ByCodePoint)
def _plain(element: _ByCodePoint, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_ByCodePoint, "postgresql")
def _collated(element: _ByCodePoint, compiler: SQLCompiler, **options: Any) -> str:
    # The database's own collation follows a language: there 'B' may stand after 'a'.
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


def _unknown() -> ColumnElement[bool]:
    """Neither true nor false."""
    return typing.cast("ColumnElement[bool]", null())


def _truth(value: object | None) -> ColumnElement[bool]:
    if value is None:
        return _unknown()
    return true() if value else false()


def _literal(value: object | None) -> ColumnElement[Any]:
    return null() if value is None else literal(storable(value), _TYPES[type(value)])
