"""Reads and rebuilds the encoded form of a rule: `cel.expr.ParsedExpr` or `CheckedExpr` in the protobuf wire format.

The library gives its syntax tree in this form only. The numbers below are field numbers of the published `cel/expr` schema;
reading them here takes a page and spares the dependency on generated classes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from app.rules.tree import Call, Const, Fold, ListOf, Name, Node, Select, Struct, Tree

_CHECKED: Final = b"type.googleapis.com/cel.expr.CheckedExpr"
_PRIMITIVES: Final = {1: "bool", 2: "int", 4: "double", 5: "string"}
_WELL_KNOWN: Final = {2: "timestamp", 3: "duration"}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def read(encoded: bytes) -> Tree:
    """The tree of `encoded`, the `google.protobuf.Any` that the library serializes."""
    outer = dict(_fields(encoded))
    inner = _bytes(outer[2])
    expr, source = (4, 5) if outer[1] == _CHECKED else (2, 3)
    root = b""
    places: dict[int, int] = {}
    types: dict[int, str] = {}
    frame = bytearray()
    for number, value in _fields(inner):
        if number == expr:
            root = _bytes(value)
            continue
        frame += _field(number, _bytes(value))
        if number == source:
            places = {key: _int(at) for key, at in _entries(_bytes(value), 4)}
        elif number == 3:
            entry = dict(_fields(_bytes(value)))
            types[_int(entry.get(1, 0))] = _type(_bytes(entry[2]))
    return Tree(_node(root), places, types, bytes(frame))


def rebuild(tree: Tree, root: Node) -> bytes:
    """The encoded rule that consists of `root`, a part of the checked `tree`, alone."""
    return _field(1, _CHECKED) + _field(2, tree.frame + _field(4, root.raw))


def _node(raw: bytes) -> Node:
    node_id, kind, body = 0, 0, b""
    for number, value in _fields(raw):
        if number == 2:
            node_id = _int(value)
        else:
            kind, body = number, _bytes(value)
    match kind:
        case 3:
            return Const(node_id, raw, _const(body))
        case 4:
            return Name(node_id, raw, _text(dict(_fields(body)).get(1, b"")))
        case 5:
            select = dict(_fields(body))
            return Select(node_id, raw, _node(_bytes(select[1])), _text(select[2]), bool(select.get(3, 0)))
        case 6:
            return _call(node_id, raw, body)
        case 7:
            return ListOf(node_id, raw, tuple(_node(_bytes(v)) for n, v in _fields(body) if n == 1))
        case 8:
            entries = [dict(_fields(_bytes(value))) for number, value in _fields(body) if number == 2]
            return Struct(node_id, raw, tuple(_node(_bytes(e[n])) for e in entries for n in (3, 4) if n in e))
        case 9:
            fold = dict(_fields(body))
            variables = frozenset(_text(fold[n]) for n in (1, 3, 8) if n in fold)
            body_parts = tuple(_node(_bytes(fold[n])) for n in (5, 6, 7) if n in fold)
            return Fold(node_id, raw, variables, _node(_bytes(fold[2])), _node(_bytes(fold[4])), body_parts)
        case _:
            raise ValueError(f"a node of kind {kind} is not known")


def _call(node_id: int, raw: bytes, body: bytes) -> Call:
    function = ""
    target: list[Node] = []
    args: list[Node] = []
    for number, value in _fields(body):
        if number == 1:
            target.append(_node(_bytes(value)))
        elif number == 2:
            function = _text(value)
        else:
            args.append(_node(_bytes(value)))
    return Call(node_id, raw, function, (*target, *args))


def _const(body: bytes) -> bool | int | float | str | bytes | None:
    for number, value in _fields(body):
        match number:
            case 2:
                return bool(value)
            case 3:
                return _int(value)
            case 4:
                return int.from_bytes(value, "little") if isinstance(value, bytes) else value
            case 5:
                return float(struct.unpack("<d", _bytes(value))[0])
            case 6:
                return _text(value)
            case 7:
                return _bytes(value)
    return None


def _type(raw: bytes) -> str:
    for number, value in _fields(raw):
        if number == 3 and isinstance(value, int):
            return _PRIMITIVES.get(value, "other")
        if number == 5 and isinstance(value, int):
            return _WELL_KNOWN.get(value, "other")
        if number == 6:
            return "list"
    return "other"


def _entries(raw: bytes, wanted: int) -> Iterator[tuple[int, int | bytes]]:
    for number, value in _fields(raw):
        if number == wanted:
            entry = dict(_fields(_bytes(value)))
            yield _int(entry.get(1, 0)), entry.get(2, 0)


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message: number and value; fixed-width values stay bytes."""
    at = 0
    while at < len(raw):
        key, at = _varint(raw, at)
        form = key & 7
        if form == _VARINT:
            value, at = _varint(raw, at)
            yield key >> 3, value
            continue
        if form == _BYTES:
            length, at = _varint(raw, at)
        else:
            length = {_FIXED64: 8, _FIXED32: 4}[form]
        yield key >> 3, raw[at : at + length]
        at += length


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _field(number: int, value: bytes) -> bytes:
    return _encode(number << 3 | _BYTES) + _encode(len(value)) + value


def _encode(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _int(value: int | bytes) -> int:
    """A signed 64-bit integer."""
    if isinstance(value, bytes):
        raise TypeError("an integer was expected")
    return value - (1 << 64) if value >= 1 << 63 else value


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise TypeError("bytes were expected")
    return value


def _text(value: int | bytes) -> str:
    return _bytes(value).decode()
