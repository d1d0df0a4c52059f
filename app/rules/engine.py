"""The only user of the CEL library: environments, parsing, checking, running.

Kept behind one file because the library is young; the rules themselves are standard CEL and would run on another engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from cel_expr_python import cel

from app.rules import wire
from app.rules.tree import Node, Tree

FUNCTIONS: Final = (
    "yuan", "days", "duration", "timestamp", "size", "startsWith", "endsWith", "contains", "matches", "exists", "exists_one",
    "all", "filter", "map", "int", "double", "string", "bool", "getFullYear", "getMonth", "getDate", "getDayOfMonth",
    "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds", "getMilliseconds",
)  # fmt: skip
"""What a rule may call; the nearest of these is told when a function is not known."""

_TYPES: Final = {
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "money": cel.Type.INT,
    "number": cel.Type.DOUBLE,
    "string": cel.Type.STRING,
    "strings": cel.Type.List(cel.Type.STRING),
    "timestamp": cel.Type.TIMESTAMP,
}
_ERROR: Final = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_ABSENT: Final = "UNKNOWN: No value with name"


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error that the library found: its place, counted from 1, and its words."""

    line: int
    column: int
    text: str


class Rejected(Exception):
    """The library refuses a text; `complaints` tell why and where, as far as it says."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        found = (Complaint(int(m[1]), int(m[2]), m[3]) for m in _ERROR.finditer(message))
        self.complaints = tuple(found) or (Complaint(1, 1, message.partition(" [")[0]),)


class Failed(Exception):
    """Running a rule ended in an error of the library; `absent` when all it says is that a fact was not given."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.absent = message.startswith(_ABSENT)
        self.detail = message.partition(": ")[2] or message


class Program:
    """A checked rule, or a part of one, ready to run. Safe to share between threads."""

    __slots__ = ("_compiled",)

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def run(self, facts: Mapping[str, object]) -> object:
        """The plain value of the rule on `facts`; raises Failed."""
        try:
            value = self._compiled.eval(data=facts)
        except RuntimeError as overrun:  # a macro over more elements than the library admits
            raise Failed(str(overrun)) from overrun
        plain = value.plain_value()
        # An error comes back as a value; it is told by its type, and only what looks like one is asked for it.
        if plain is not True and plain is not False and value.type() == cel.Type.ERROR:
            raise Failed(str(plain))
        return plain


class Engine:
    """An environment: which names have which types."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        types = {name: _TYPES[kind] for name, kind in variables.items()}
        self._env = cel.NewEnv(variables=types, functions=_own_functions())

    def parse(self, text: str) -> Tree:
        """The tree of `text` before names and types are looked at; raises Rejected."""
        return wire.read(self._compile(text, unchecked=True).serialize())

    def check(self, text: str) -> tuple[Program, Tree, bool]:
        """The program of `text`, its checked tree, and whether it yields true or false; raises Rejected."""
        compiled = self._compile(text, unchecked=False)
        return Program(compiled), wire.read(compiled.serialize()), compiled.return_type() == cel.Type.BOOL

    def part(self, tree: Tree, node: Node) -> Program:
        """The program of `node`, a part of the checked `tree`."""
        return Program(self._env.deserialize(wire.rebuild(tree, node)))

    def _compile(self, text: str, *, unchecked: bool) -> Any:
        try:
            return self._env.compile(text, disable_check=unchecked)
        except RuntimeError as error:
            raise Rejected(str(error)) from error


@cache
def probe(call: str) -> Program:
    """A program of `call` over one text `p`, to try a literal before a rule is let in."""
    return Engine({"p": "string"}).check(call)[0]


@cache
def _own_functions() -> list[Any]:
    kinds = cel.Type

    def overload(name: str, given: Any, result: Any, work: object) -> Any:
        return cel.Overload(name, return_type=result, parameters=[given], impl=work)

    return [
        cel.FunctionDecl(
            "yuan",
            [overload("yuan_int", kinds.INT, kinds.INT, _yuan), overload("yuan_double", kinds.DOUBLE, kinds.INT, _yuan)],
        ),
        cel.FunctionDecl("days", [overload("days_int", kinds.INT, kinds.DURATION, _days)]),
    ]


def _yuan(amount: float) -> int:
    """`amount` yuan in fen; refuses a fraction of a fen, which is a slip of the pen."""
    if isinstance(amount, int):
        return amount * 100
    fen = Decimal(repr(amount)) * 100
    if fen != fen.to_integral_value():
        raise ValueError(f"yuan({amount!r}) is no whole number of fen")
    return int(fen)


def _days(count: int) -> timedelta:
    """`count` times 24 hours; CEL's own `duration` knows hours, minutes and seconds only."""
    return timedelta(days=count)
