"""Merging: the one that goes on does go on, whoever merges or closes what in the same moment."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

import pytest

from app.desk.asking import as_of
from app.desk.desk import Desk, by_of
from app.desk.merge import merge
from app.desk.outcome import Reply
from app.errors import AmendsError, Conflict, Refused
from tests.integration.core_world import HANDLER, brief, desk_at, opened, row

REPLY = Reply(brief)
ROUNDS = 8


async def one_into(desk: Desk, one: UUID, other: UUID) -> AmendsError | None:
    try:
        await merge(desk, HANDLER, by_of(HANDLER), one, other, None, REPLY, expected=None)
    except (Refused, Conflict) as error:
        return error
    return None


@pytest.fixture
async def desks(database_url, tmp_path, clock):
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(desk_at(database_url, tmp_path, clock)) for _ in range(3)]


async def test_two_that_are_merged_into_each_other_at_once_do_not_both_end(desks):
    for _ in range(ROUNDS):
        left, right = await opened(desks[0]), await opened(desks[0])
        refused = await asyncio.gather(one_into(desks[0], left, right), one_into(desks[1], right, left))
        rows = [await row(desks[2], one) for one in (left, right)]
        assert sorted(r["final"] for r in rows) == [False, True]
        (error,) = [e for e in refused if e is not None]
        assert [reason.code for reason in error.reasons] == ["merge_into_final"]
        (ended,) = [r for r in rows if r["final"]]
        assert ended["merged_into"] == next(r["id"] for r in rows if not r["final"])


async def test_a_circle_of_three_never_closes(desks):
    for _ in range(ROUNDS):
        many = [await opened(desks[0]) for _ in range(3)]
        await asyncio.gather(*(one_into(desks[n], many[n], many[(n + 1) % 3]) for n in range(3)))
        assert [(await row(desks[0], one))["final"] for one in many].count(False) >= 1


async def test_the_record_as_of_then_is_the_row_with_its_target(desks, clock):
    one, target = await opened(desks[0]), await opened(desks[0])
    assert await one_into(desks[0], one, target) is None
    stored = await row(desks[0], one)
    assert dict((await as_of(desks[0], one, clock.now())).complaint) == stored
    assert stored["merged_into"] == target
