"""The order of events: dense, complete, the same for every reader, with any number of writers and sealers."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from app.audit import order
from app.audit.lease import hold, let_go
from app.audit.seal import leaf_hash, seal
from app.audit.tables import event, event_pending, leaf
from app.worker.loop import run_once
from tests.integration.worker_world import desk_of, opened, rows, step


@pytest.fixture
async def desk(database_url, tmp_path, clock):
    async with desk_of(database_url, tmp_path, clock) as desk:
        yield desk


async def test_events_get_places_from_zero_without_gaps_and_a_hash_that_can_be_made_again(desk, clock):
    one = await opened(desk)
    await step(desk, one, "nudge")
    count = (await run_once(desk, clock.now()))["seal"]
    await step(desk, one, "park")
    assert (await run_once(desk, clock.now()))["seal"] == 1
    leaves = await rows(desk, leaf)
    assert [row["idx"] for row in leaves] == list(range(count + 1))
    assert await rows(desk, event_pending) == []
    by_id = {row["id"]: row for row in await rows(desk, event)}
    assert {row["event_id"] for row in leaves} == set(by_id)
    assert all(leaf_hash(by_id[row["event_id"]]) == row["hash"] for row in leaves)


async def test_a_reader_resumes_after_the_last_place_it_saw(desk, clock):
    one = await opened(desk)
    for _ in range(5):
        await step(desk, one, "nudge")
    await run_once(desk, clock.now())
    seen, place = [], order.START
    async with desk.runtime.db.read() as conn:
        while page := await order.after(conn, place, 2):
            seen += page
            place = page[-1]["idx"]
        assert place == await order.last(conn)
    assert [row["seq"] for row in seen if row["complaint_id"] == one] == [1, 2, 3, 4, 5, 6]


async def test_an_empty_log_has_no_last_place(desk, clock):
    async with desk.runtime.db.read() as conn:
        assert await order.last(conn) == order.START
        assert await order.after(conn, order.START, 10) == []


async def test_sealers_beside_writers_make_no_gap_no_double_and_no_fork(database_url, tmp_path, clock):
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk_of(database_url, tmp_path, clock)) for _ in range(4)]
        over = asyncio.Event()
        follower: list[object] = []

        async def write(desk):
            for _ in range(6):
                await step(desk, await opened(desk), "nudge")

        async def keep_sealing(desk, name):
            while not over.is_set():
                await seal(desk.runtime.db, name, clock.now(), clock.now(), 5)  # a lease that has run out when it is taken
                await asyncio.sleep(0)

        async def follow(desk):
            place = order.START
            while not (over.is_set() and place == await last(desk)):
                async with desk.runtime.db.read() as conn:
                    for row in await order.after(conn, place, 7):
                        follower.append(row["id"])
                        place = row["idx"]
                await asyncio.sleep(0)

        async def last(desk):
            async with desk.runtime.db.read() as conn:
                return await order.last(conn)

        async def writers():
            await asyncio.gather(*(write(desk) for desk in desks))
            while await rows(desks[0], event_pending):
                clock.advance(timedelta(seconds=1))
                await asyncio.sleep(0.01)
            over.set()

        await asyncio.gather(writers(), follow(desks[3]), *(keep_sealing(desk, f"sealer {n}") for n, desk in enumerate(desks[:3])))
        events = {row["id"] for row in await rows(desks[0], event)}
        leaves = await rows(desks[0], leaf)
        assert [row["idx"] for row in leaves] == list(range(len(events)))
        assert {row["event_id"] for row in leaves} == events
        assert follower == [row["event_id"] for row in leaves]


async def test_one_sealer_at_a_time_until_its_lease_runs_out(desk, clock):
    await opened(desk)
    now = clock.now()
    assert await seal(desk.runtime.db, "first", now, now + timedelta(seconds=15)) > 0
    await opened(desk)
    assert await seal(desk.runtime.db, "second", clock.advance(timedelta(seconds=10)), clock.now() + timedelta(seconds=15)) == 0
    assert await seal(desk.runtime.db, "second", clock.advance(timedelta(seconds=6)), clock.now() + timedelta(seconds=15)) == 1


async def test_a_lease_is_prolonged_by_its_holder_and_given_up_at_the_end(desk, clock):
    now, until = clock.now(), clock.now() + timedelta(minutes=1)
    async with desk.runtime.db.write() as conn:
        assert await hold(conn, "prune", "one", now, until)
        assert await hold(conn, "prune", "one", now, until + timedelta(minutes=1))
        assert not await hold(conn, "prune", "two", until, until + timedelta(minutes=1))
        assert await hold(conn, "purge", "two", now, until)
        await let_go(conn, "one")
        assert await hold(conn, "prune", "two", now, until)
