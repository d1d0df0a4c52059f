"""Lets whole numbers meet fractions: `usage.share > 1` and `complaint.severity > 2.5` are compiled as their author meant them.

CEL's checker wants both sides of an operator to be of one type. Where one side is a fraction, whole literals of the other get
a `.0` and whole facts a `double(…)`. The text changes, so each change is kept to translate the places of errors back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.rules.tree import Call, Const, ListOf, Name, Node, Select, Tree, walk

_MIXED: Final = frozenset({"_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_", "_+_", "_-_", "_*_", "_/_"})
_ARITHMETIC: Final = frozenset({"_+_", "_-_", "_*_", "_/_", "_%_"})
_RESULTS: Final = {"double": "double", "int": "int", "size": "int", "yuan": "int"}
_DIGITS: Final = re.compile(r"\d+(?![\dxXuU.eE])")


@dataclass(frozen=True, slots=True)
class Widened:
    """The text to compile; `inserted` are (offset in the original, characters put in there), in order."""

    text: str
    inserted: tuple[tuple[int, int], ...]

    def original(self, offset: int) -> int:
        """The offset in the author's text of `offset` in this one."""
        shift = 0
        for at, length in self.inserted:
            if at + shift >= offset:
                break
            shift += min(length, offset - at - shift)
        return offset - shift


def widen(text: str, tree: Tree, kinds: Mapping[str, str]) -> Widened:
    """`text`, whose unchecked tree is `tree`, with whole numbers widened; `kinds` are the facts' declared types."""
    edits: dict[int, str] = {}
    for node in walk(tree.root):
        if not isinstance(node, Call) or len(node.args) != 2:
            continue
        left, right = node.args
        if node.function in _MIXED:
            if _kind(left, kinds) == "double":
                _widen(right, text, tree, kinds, edits)
            elif _kind(right, kinds) == "double":
                _widen(left, text, tree, kinds, edits)
        elif node.function == "@in" and isinstance(right, ListOf) and _kind(left, kinds) == "double":
            for item in right.items:
                _widen(item, text, tree, kinds, edits)
    return _apply(text, edits)


def dotted(node: Node) -> str | None:
    """The name that `node`, a chain of selections, spells; None if it is no such chain."""
    match node:
        case Name():
            return node.name
        case Select(test=False):
            root = dotted(node.operand)
            return None if root is None else f"{root}.{node.field}"
        case _:
            return None


def _kind(node: Node, kinds: Mapping[str, str]) -> str | None:
    """`int` or `double` where that is plain from literals, facts and operators; else None."""
    match node:
        case Const(value=bool()):
            return None
        case Const(value=int()):
            return "int"
        case Const(value=float()):
            return "double"
        case Name() | Select():
            return {"int": "int", "money": "int", "number": "double"}.get(kinds.get(dotted(node) or "", ""))
        case Call(function="-_"):
            return _kind(node.args[0], kinds)
        case Call(function="_?_:_"):
            return _join(node.args[1], node.args[2], kinds)
        case Call() if node.function in _ARITHMETIC:
            return _join(node.args[0], node.args[1], kinds)
        case Call():
            return _RESULTS.get(node.function)
        case _:
            return None


def _join(left: Node, right: Node, kinds: Mapping[str, str]) -> str | None:
    found = {_kind(left, kinds), _kind(right, kinds)}
    if None in found:
        return None
    return "double" if "double" in found else "int"


def _widen(node: Node, text: str, tree: Tree, kinds: Mapping[str, str], edits: dict[int, str]) -> None:
    """Note the edits that turn the whole number `node` into a fraction, where that is safe."""
    if _kind(node, kinds) != "int":
        return
    match node:
        case Const():
            start = tree.places.get(node.id, len(text))
            if literal := _DIGITS.match(text, start + (text[start : start + 1] == "-")):
                edits[literal.end()] = ".0"
        case Name() | Select():
            name = dotted(node) or ""
            start = _first(node, tree)
            if text.startswith(name, start):
                edits[start] = "double("
                edits[start + len(name)] = ")"
        case Call(function="-_"):
            _widen(node.args[0], text, tree, kinds, edits)
        case Call(function="_+_" | "_-_" | "_*_"):  # not a division: 7 / 2 and 7.0 / 2.0 are different numbers
            for arg in node.args:
                _widen(arg, text, tree, kinds, edits)


def _first(node: Node, tree: Tree) -> int:
    while isinstance(node, Select):
        node = node.operand
    return tree.places.get(node.id, 0)


def _apply(text: str, edits: Mapping[int, str]) -> Widened:
    out: list[str] = []
    done = 0
    for at in sorted(edits):
        out += (text[done:at], edits[at])
        done = at
    return Widened("".join([*out, text[done:]]), tuple((at, len(edits[at])) for at in sorted(edits)))
