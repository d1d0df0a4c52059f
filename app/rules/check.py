"""What is refused in a rule although CEL would take it, and literals that could never be evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from app.rules.engine import Engine, Failed, probe
from app.rules.problems import Problem, problem
from app.rules.tree import Call, Const, Fold, Node, Select, Tree, children, free_names, walk
from app.rules.widen import Widened, dotted

MAX_LENGTH: Final = 4_000
"""Characters of a rule. A guard that needs more is not readable; the bound also keeps hostile texts cheap."""

_COMPARISONS: Final = frozenset({"_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_"})
_CLOCK: Final = frozenset(
    {"getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes",
     "getSeconds", "getMilliseconds"}
)  # fmt: skip


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of the character at `offset`."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def refusals(text: str, tree: Tree, kinds: Mapping[str, str]) -> Iterator[Problem]:
    """What the unchecked `tree` of `text` may not hold: `has()`, `null`, `dyn()`, money compared with a bare number."""
    for node in walk(tree.root):
        line, column = place(text, _start(text, node, tree))
        match node:
            case Select(test=True):
                yield problem("has", line, column, name=dotted(node.operand) or "", field=node.field)
            case Const(value=None):
                yield problem("null", line, column)
            case Call(function="dyn"):
                yield problem("dyn", line, column)
            case Call() if node.function in _COMPARISONS:
                for one, other in (node.args, node.args[::-1]):
                    amount = _bare_amount(other)
                    if kinds.get(dotted(one) or "") == "money" and amount:
                        line, column = place(text, _start(text, other, tree))
                        yield problem("bare_money", line, column, name=dotted(one), amount=amount)


def never(text: str, widened: Widened, engine: Engine, tree: Tree) -> Iterator[Problem]:
    """Parts of the checked `tree` that hold no fact and fail whenever they are evaluated, such as `duration("1d")`."""
    for node in _constant_parts(tree.root):
        try:
            engine.part(tree, node).run({})
        except Failed as failed:
            yield _impossible(text, widened, tree, node, failed.detail)
    yield from _unusable_literals(text, widened, tree)


def _unusable_literals(text: str, widened: Widened, tree: Tree) -> Iterator[Problem]:
    """Patterns and time zones that no value could be matched with."""
    for node in walk(tree.root):
        match node:
            case Call(function="matches", args=(_, Const(value=str(given)) as literal)):
                call = "''.matches(p)"
            case Call(args=(_, Const(value=str(given)) as literal)) if node.function in _CLOCK:
                call = "timestamp(0).getHours(p) >= 0"
            case _:
                continue
        try:
            probe(call).run({"p": given})
        except Failed as failed:
            yield _impossible(text, widened, tree, literal, failed.detail)


def _constant_parts(node: Node) -> Iterator[Node]:
    """The largest calls and macros without any name from outside in them."""
    if isinstance(node, Call | Fold) and not free_names(node):
        yield node
        return
    for child in children(node):
        yield from _constant_parts(child)


def _impossible(text: str, widened: Widened, tree: Tree, node: Node, detail: str) -> Problem:
    line, column = place(text, widened.original(_start(widened.text, node, tree)))
    duration = isinstance(node, Call) and any(isinstance(n, Call) and n.function == "duration" for n in walk(node))
    return problem("bad_duration" if duration else "impossible", line, column, detail=detail)


def _bare_amount(node: Node) -> int | None:
    """The whole number that `node` writes out, sign included."""
    match node:
        case Const(value=bool()):
            return None
        case Const(value=int(value)):
            return value
        case Call(function="-_", args=(Const(value=int(value)),)):
            return -value
        case _:
            return None


def _start(text: str, node: Node, tree: Tree) -> int:
    """Where `node` begins in the text: its leftmost part, the name of a function included."""
    return min((_head(text, part, tree) for part in walk(node) if part.id in tree.places and not isinstance(part, Fold)), default=0)


def _head(text: str, node: Node, tree: Tree) -> int:
    """The offset of `node` itself; the library points at the bracket of a call and of `has`."""
    offset = tree.places[node.id]
    function = node.function if isinstance(node, Call) else "has" if isinstance(node, Select) and node.test else ""
    return offset - len(function) if function and text[:offset].endswith(function) else offset
