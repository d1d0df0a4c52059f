"""What a rule may name: facts with a type and a title in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from app.texts import Words

Kind = Literal["bool", "int", "money", "number", "string", "strings", "timestamp"]
"""`money` is an integer of fen, written `yuan(200)` in a rule; `number` is a float; `strings` a list of text."""

KINDS: Final[frozenset[str]] = frozenset(get_args(Kind))

KNOWN: Final = "known_"
"""What stands before the name of an optional fact to ask whether it is known."""

_PYTHON: Final[dict[str, tuple[type, ...]]] = {
    "bool": (bool,),
    "int": (int,),
    "money": (int,),
    "number": (int, float),
    "string": (str,),
    "strings": (list, tuple, set, frozenset),
    "timestamp": (datetime,),
}


@dataclass(frozen=True, slots=True)
class FactDecl:
    """One fact: its dotted name, its type, its title, and whether it may be unknown.

    An optional fact has the companion `known_<name>`, a boolean that is always known.
    """

    name: str
    type: Kind
    title: Words
    optional: bool = False


def companion(name: str) -> str:
    """The boolean that tells whether the fact `name` is known."""
    return KNOWN + name


def accept(kind: str, value: object) -> object | None:
    """`value` as the engine takes it for a fact of `kind`, or None if it is not of that type.

    True is no integer here, though Python says so; a time without a zone is a guess and is not taken.
    """
    if not isinstance(value, _PYTHON[kind]) or (isinstance(value, bool) and kind != "bool"):
        return None
    if kind == "strings":
        return value if isinstance(value, list) else list(value)  # type: ignore[call-overload]
    if kind == "number":
        return float(value)  # type: ignore[arg-type]
    if isinstance(value, datetime) and value.utcoffset() is None:
        return None
    return value
