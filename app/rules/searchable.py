"""What of a rule cannot be searched for in SQL, said by its name and with what to write instead."""

from __future__ import annotations

from typing import Any

from app.rules.problems import NotSearchable
from app.rules.tree import Call, Fold, ListOf, Node, Select, Struct
from app.texts import words


def construct(shown: str, advice: str = "other") -> NotSearchable:
    """The refusal of the construct `shown`; `advice` is a key of `rules.sql_advice`."""
    return NotSearchable("sql_construct", construct=shown, advice=words(f"rules.sql_advice.{advice}"))


def refusal(node: Node) -> NotSearchable:
    """The refusal of `node`."""
    match node:
        case Fold():
            return construct("exists / all / filter / map", "macro")
        case Call(function="_[_]") | ListOf():
            return construct("[…]", "list")
        case Call():
            return construct(node.function.strip("_").replace("?_:", "? :"))
        case Select():
            return construct("." + node.field)
        case Struct():
            return construct("{…}")
        case _:
            return construct(getattr(node, "name", "…"), "list")


def storable(value: Any) -> Any:
    """`value`; refuses the one character that PostgreSQL's texts cannot hold."""
    if isinstance(value, str) and "\0" in value:
        raise construct("\\0")
    return value
