"""The syntax tree of a rule as frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a rule. `id` keys its place and type in the Tree; `raw` is its encoded form."""

    id: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Const(Node):
    """A literal; None is CEL's `null`."""

    value: bool | int | float | str | bytes | None


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A fact or the variable of a macro; in a checked tree with all its dots."""

    name: str


@dataclass(frozen=True, slots=True)
class Select(Node):
    """`operand.field`, or `has(operand.field)` when `test`."""

    operand: Node
    field: str
    test: bool


@dataclass(frozen=True, slots=True)
class Call(Node):
    """An operator (`_&&_`, `_>_`), a function or a method; a method's object is the first of `args`."""

    function: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """A list written out."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Struct(Node):
    """A map or message written out; keys and values in turn."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fold(Node):
    """A macro such as `exists`, `all` or `filter`: `body` sees `variables`, `source` and `start` do not."""

    variables: frozenset[str]
    source: Node
    start: Node
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """A rule parsed, and, if it was checked, with the type of each node.

    `places` are offsets in characters; `types` are `bool`, `int`, `double`, `string`, `timestamp`, `duration`, `list` or
    `other`; `frame` is the encoded rule without its root, into which another root can be put.
    """

    root: Node
    places: Mapping[int, int]
    types: Mapping[int, str]
    frame: bytes


def children(node: Node) -> tuple[Node, ...]:
    """The parts directly below `node`, in the order of the text as far as the tree tells it."""
    match node:
        case Select():
            return (node.operand,)
        case Call():
            return node.args
        case ListOf():
            return node.items
        case Struct():
            return node.parts
        case Fold():
            return (node.source, node.start, *node.body)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """`node` and all parts below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def free_names(node: Node, bound: frozenset[str] = frozenset()) -> frozenset[str]:
    """The names that `node` takes from outside: all but the variables of its own macros."""
    match node:
        case Name():
            name = node.name.removeprefix(".")  # `.a` means the outermost `a`
            return frozenset() if name in bound else frozenset({name})
        case Fold():
            inner = bound | node.variables
            outside = free_names(node.source, bound) | free_names(node.start, bound)
            return outside.union(*(free_names(part, inner) for part in node.body))
        case _:
            return frozenset[str]().union(*(free_names(child, bound) for child in children(node)))


def conjuncts(node: Node) -> tuple[Node, ...]:
    """The conditions that must all hold: the operands of the topmost `&&`, nested ones included."""
    if isinstance(node, Call) and node.function == "_&&_":
        return tuple(part for arg in node.args for part in conjuncts(arg))
    return (node,)
