"""Why a rule came out as it did: its conditions one by one, and the facts that an unknown outcome waits for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from app.rules.tree import Call, Node, free_names

_LITERAL: Final = r"""[rR]?(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
_TOKEN: Final = re.compile(rf"{_LITERAL}|//[^\n]*|&&|\|\||[()\[\]{{}}?]|.", re.DOTALL)

Outcome = Callable[[Node], object]
"""The value of a part of a rule, or None if facts were missing."""


def split(text: str) -> tuple[str, ...]:
    """The conditions of `text` that must all hold, as written: cut at each outermost `&&`, through enclosing brackets."""
    bare = _unbracket(text.strip())
    pieces, start, depth = [], 0, 0
    for token in _TOKEN.finditer(bare):
        match token[0]:
            case "(" | "[" | "{":
                depth += 1
            case ")" | "]" | "}":
                depth -= 1
            case "||" | "?" if depth == 0:
                return (text.strip(),)  # && binds tighter than these: the whole is one condition
            case "&&" if depth == 0:
                pieces.append(bare[start : token.start()])
                start = token.end()
    if not pieces:
        return (text.strip(),)
    pieces.append(bare[start:])
    return tuple(part for piece in pieces for part in split(piece))


def blame(node: Node, outcome: Outcome, missing: frozenset[str]) -> frozenset[str]:
    """The facts among `missing` that keep `node`, which came out unknown, from being known.

    In `a && b` with b true only what `a` waits for; in `c ? a : b` with c true nothing that `b` waits for.
    """
    if isinstance(node, Call):
        if node.function in {"_&&_", "_||_"}:
            waiting = (part for part in _flat(node, node.function) if free_names(part) & missing and outcome(part) is None)
            return frozenset[str]().union(*(blame(part, outcome, missing) for part in waiting))
        if node.function == "!_":
            return blame(node.args[0], outcome, missing)
        if node.function == "_?_:_":
            condition, yes, no = node.args
            chosen = outcome(condition)
            return blame(condition if chosen is None else yes if chosen else no, outcome, missing)
    return free_names(node) & missing


def _flat(node: Node, function: str) -> Iterator[Node]:
    """The operands of a chain of one operator: none of them alone decides, or the chain would not be unknown."""
    if isinstance(node, Call) and node.function == function:
        for arg in node.args:
            yield from _flat(arg, function)
    else:
        yield node


def _unbracket(text: str) -> str:
    """`text` without a pair of round brackets around the whole of it."""
    while text.startswith("("):
        depth = 0
        for token in _TOKEN.finditer(text):
            depth += (token[0] in "([{") - (token[0] in ")]}")
            if depth == 0:
                if token.end() < len(text):
                    return text
                text = text[1:-1].strip()
                break
        else:
            return text
    return text
