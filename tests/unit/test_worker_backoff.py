"""Waits between tries grow, differ from row to row, and end somewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.db.ids import new_id
from app.outbox.backoff import MESSAGES, WORK
from app.settings import Settings

ids = st.uuids()
AT = datetime(2026, 3, 10, tzinfo=UTC)


@given(ids, st.integers(1, 1000), st.sampled_from([MESSAGES, WORK]))
def test_a_wait_stays_between_the_first_and_the_longest(key, attempt, backoff):
    wait = backoff.wait(attempt, key)
    assert backoff.first * 0.8 <= wait <= backoff.longest * 1.2
    assert backoff.wait(attempt, key) == wait


@given(ids, st.integers(1, 6))
def test_each_wait_is_longer_than_the_one_before(key, attempt):
    assert MESSAGES.wait(attempt + 1, key) > MESSAGES.wait(attempt, key)


def test_rows_that_failed_together_come_back_apart():
    assert len({MESSAGES.wait(1, new_id(AT)) for _ in range(1000)}) > 900


def test_an_endpoint_that_is_down_for_a_night_loses_nothing():
    attempts = Settings.model_fields["outbox_attempts"].default
    waited = sum((MESSAGES.wait(n, UUID(int=0)) for n in range(1, attempts)), timedelta())
    assert waited > timedelta(hours=12)
