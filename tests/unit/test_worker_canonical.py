"""The bytes of an event that are hashed: anybody can make them again with any JSON library."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.audit.seal import canonical, leaf_hash

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["data", "guards", "patch", "type"]), values))
def test_it_is_plain_json_with_sorted_keys(row):
    known = {name: value for name, value in row.items() if value is not None}
    assert canonical(row) == json.dumps(known, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_ids_and_times_are_text_and_times_are_utc():
    at = datetime(2026, 3, 10, 10, 0, tzinfo=timezone(timedelta(hours=8)))
    row = {"id": UUID(int=5), "at": at}
    assert canonical(row) == b'{"at":"2026-03-10T02:00:00.000000+00:00","id":"00000000-0000-0000-0000-000000000005"}'


def test_a_column_added_later_changes_no_old_hash():
    row = {"id": UUID(int=5), "at": datetime(2026, 3, 10, tzinfo=UTC)}
    assert leaf_hash({**row, "added_later": None}) == leaf_hash(row)


def test_a_leaf_is_marked_as_one():
    assert leaf_hash({}) == hashlib.sha256(b"\x00{}").digest()
