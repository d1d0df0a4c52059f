"""A key that stands twice in one object is found, whatever stands around it, and never where none does."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.v1.json_keys import perhaps_repeated, repeated_key

KEYS = st.sampled_from(["a", "b", "a:", ":", "\u003a", "at", "\\u003a"])
TEXTS = st.sampled_from(["", "18:00", "a:b:c", "\\u003a", '"a":', "你好：", "\u003a"])
LEAVES = TEXTS | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.none() | st.booleans()


def written(value: Any) -> str:
    """JSON in which objects are lists of pairs, so that keys can repeat; texts partly escaped."""
    if isinstance(value, tuple):
        return "{" + ",".join(f"{written(name)}: {written(inner)}" for name, inner in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    if isinstance(value, str) and len(value) % 2:
        return '"' + "".join(f"\\u{ord(c):04X}" for c in value) + '"'
    return json.dumps(value)


def repeats(value: Any) -> bool:
    if isinstance(value, tuple):
        names = [name for name, _ in value]
        return len(set(names)) < len(names) or any(repeats(inner) for _, inner in value)
    return isinstance(value, list) and any(map(repeats, value))


VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(KEYS, inner), max_size=4).map(tuple), max_leaves=12
)


@given(VALUES)
def test_a_repeated_key_is_found_and_no_other(value: Any):
    raw = written(value).encode()
    found = repeated_key(raw)
    assert (found is not None) == repeats(value)
    assert perhaps_repeated(raw, orjson.loads(raw)) or found is None


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b'{"a": 1, "b": {"c": [0, {"d": 1, "d": 2}]}}', "b.c[1].d"),
        (b'{"a": {"x": 1, "x": 2}, "a": 3}', "a"),
        (b'{"a": %s, "a": 1}' % (b"9" * 5_000), "a"),
        (b'{"a": "18:00", "b": {"a": "18:00"}}', None),
    ],
)
def test_the_path_of_the_key_is_told(raw: bytes, path: str | None):
    assert repeated_key(raw) == path


def test_an_ordinary_body_is_settled_by_counting():
    body = {
        "customer": {"phone": "13961235611"},
        "text": "At 18:00: no line.",
        "tags": ["net.area"],
        "network": {"since": "2026-03-12T18:00:00+08:00"},
    }
    raw = orjson.dumps(body)
    assert not perhaps_repeated(raw, orjson.loads(raw))
