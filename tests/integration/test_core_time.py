"""The clock is put back, or two processes do not quite agree on the time: the record keeps its order."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import pytest

from app.audit.order import START, after
from app.audit.tables import event
from app.clock import FrozenClock
from app.complaints.tables import complaint
from app.desk.adding import add_note
from app.desk.asking import as_of, events
from app.desk.desk import by_of
from app.desk.outcome import Reply
from app.errors import Refused
from app.outbox.messages import lease_messages
from app.outbox.tables import outbox
from app.worker.loop import run_once
from tests.integration.core_world import brief
from tests.integration.worker_world import HANDLER, NUDGE, desk_of, opened, rows, step

BACK = timedelta(hours=2)


@pytest.fixture
async def desk(database_url, tmp_path, clock):
    async with desk_of(database_url, tmp_path, clock) as desk:
        yield desk


async def test_the_history_keeps_its_order_when_the_clock_is_put_back(desk, clock):
    one = await opened(desk)
    await step(desk, one, "nudge")
    at = clock.now()
    clock.advance(-BACK)
    for n in range(8):
        await opened(desk)  # others, at their own time
        await step(desk, one, "park" if n % 2 == 0 else "resume")
        await add_note(desk, HANDLER, by_of(HANDLER), one, f"第 {n} 条", Reply(brief))
    history, _ = await events(desk, one, None, 50)
    assert [e["seq"] for e in history if e["seq"] is not None] == list(range(1, 11))
    assert [e["type"] for e in history[2:]] == ["transitioned", "noted"] * 8
    assert {e["at"] for e in history} == {at}
    (stored,) = await rows(desk, complaint, id=one)
    assert dict((await as_of(desk, one, at)).complaint) == stored
    await run_once(desk, clock.now())
    async with desk.runtime.db.read() as conn:
        sealed = [e["seq"] for e in await after(conn, START, 100) if e["complaint_id"] == one and e["seq"] is not None]
    assert sealed == list(range(1, 11))


async def test_the_history_keeps_its_order_when_two_processes_tell_the_time_differently(database_url, tmp_path, clock):
    """Each of them numbers its own ids: that is undone here, where both are one process."""
    from app.db import ids

    slow = FrozenClock(clock.now() - timedelta(milliseconds=20))
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(desk_of(database_url, tmp_path, clock))
        second = await stack.enter_async_context(desk_of(database_url, tmp_path, slow))
        one = await opened(first)
        for n in range(10):
            await step((first, second)[n % 2], one, "nudge")
            ids._sequence.last = (0, 0)
        history, _ = await events(first, one, None, 50)
        assert [e["seq"] for e in history] == list(range(1, 12))


async def test_messages_leave_in_the_order_of_their_steps_when_the_clock_is_put_back(desk, clock):
    one = await opened(desk)
    at = clock.now()
    clock.advance(-BACK)
    many: list[UUID] = []
    for _ in range(8):
        await opened(desk)
        await step(desk, one, "nudge")
        found = await rows(desk, outbox, complaint_id=one)
        many += [row["id"] for row in found if row["id"] not in many]
        assert {row["created_at"] for row in found} == {at}
    in_turn = []
    for _ in range(8):
        (message,) = await lease_messages(desk.runtime.db, at, at + timedelta(seconds=9), 20)
        in_turn.append(message["id"])
        async with desk.runtime.db.write() as conn:
            await conn.execute(outbox.update().where(outbox.c.id == message["id"]).values(status="sent"))
    assert in_turn == many


async def test_a_timer_does_not_fire_early_when_the_clock_is_put_back_and_fires_once_when_it_has_caught_up(desk, clock):
    one = await opened(desk)
    clock.advance(-BACK)
    await step(desk, one, "nudge")
    for _ in range(4):
        assert (await run_once(desk, clock.advance(NUDGE)))["timers"] == 0
    assert (await run_once(desk, clock.advance(NUDGE)))["timers"] == 1
    assert (await run_once(desk, clock.advance(NUDGE)))["timers"] == 0
    assert len(await rows(desk, event, complaint_id=one, type="transitioned")) == 2


async def test_a_refusal_is_recorded_again_after_the_clock_was_put_back(desk, clock):
    one = await opened(desk, severity=4)
    clock.advance(timedelta(hours=3))
    with pytest.raises(Refused):
        await step(desk, one, "shut_it")
    clock.advance(-BACK)
    with pytest.raises(Refused):
        await step(desk, one, "shut_it")
    assert len(await rows(desk, event, complaint_id=one, type="refused")) == 2
