"""Timers fire once, in order, through the same door as everybody, whatever happens to the workers."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from app.audit.tables import event
from app.complaints.tables import complaint
from app.desk.desk import Desk, by_of
from app.desk.outcome import Reply
from app.desk.transition import transition
from app.outbox.tables import outbox
from app.timers.due import lease_due
from app.timers.tables import timer
from app.worker import fire as firing
from app.worker.fire import fire
from app.worker.letters import dead_letters, replay_letters
from app.worker.loop import run_once
from tests.integration.worker_world import CLOSE, HANDLER, NUDGE, desk_of, opened, rows, step


@pytest.fixture
async def desk(database_url, tmp_path, clock):
    async with desk_of(database_url, tmp_path, clock) as desk:
        yield desk


async def taken(desk: Desk, complaint_id, name: str) -> int:
    return len(await rows(desk, event, complaint_id=complaint_id, type="transitioned", transition=name))


async def statuses(desk: Desk, complaint_id) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in await rows(desk, timer, complaint_id=complaint_id):
        found.setdefault(row["name"], []).append(row["status"])
    return found


async def test_a_timer_fires_when_its_time_has_come_and_not_before(desk, clock):
    one = await opened(desk)
    assert (await run_once(desk, clock.advance(NUDGE - timedelta(seconds=1))))["timers"] == 0
    assert (await run_once(desk, clock.advance(timedelta(seconds=1))))["timers"] == 1
    assert (await run_once(desk, clock.advance(timedelta(hours=1))))["timers"] == 0
    assert await taken(desk, one, "nudge") == 1
    (told,) = await rows(desk, event, complaint_id=one, type="transitioned")
    assert (told["actor"], told["role"], told["seq"]) == ("system", "system", 2)
    (done,) = await rows(desk, timer, complaint_id=one, name="nudge_due")
    assert (done["status"], done["outcome"], done["attempts"], done["leased_until"]) == ("done", "fired", 1, None)
    assert len(await rows(desk, outbox, complaint_id=one)) == 1


async def test_four_workers_fire_each_timer_exactly_once(database_url, tmp_path, clock):
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk_of(database_url, tmp_path, clock)) for _ in range(4)]
        many = [await opened(desks[0]) for _ in range(30)]
        now = clock.advance(NUDGE)
        counts = await asyncio.gather(*(run_once(desk, now) for desk in desks))
        assert sum(count["timers"] for count in counts) == 30
        assert [await taken(desks[0], one, "nudge") for one in many] == [1] * 30
        assert len(await rows(desks[0], timer, name="nudge_due", status="done")) == 30
        assert len(await rows(desks[0], outbox)) == 30


async def test_a_worker_that_died_with_a_lease_is_replaced_when_it_runs_out(desk, clock):
    one = await opened(desk)
    now = clock.advance(NUDGE)
    until = now + timedelta(seconds=desk.runtime.settings.lease_seconds)
    assert len(await lease_due(desk.runtime.db, now, until, 10)) == 1  # and then the process is killed
    assert (await run_once(desk, now))["timers"] == 0
    assert (await run_once(desk, clock.advance(timedelta(seconds=31))))["timers"] == 1
    assert await taken(desk, one, "nudge") == 1


async def test_two_workers_with_the_same_timer_since_a_lease_ran_out_fire_it_once(database_url, tmp_path, clock):
    async with desk_of(database_url, tmp_path, clock) as first, desk_of(database_url, tmp_path, clock) as second:
        one = await opened(first)
        now = clock.advance(NUDGE)
        (slow,) = await lease_due(first.runtime.db, now, now + timedelta(seconds=30), 10)
        later = clock.advance(timedelta(seconds=31))
        (quick,) = await lease_due(second.runtime.db, later, later + timedelta(seconds=30), 10)
        outcomes = await asyncio.gather(fire(first, slow, later), fire(second, quick, later))
        assert sorted(outcome for outcome, _ in outcomes) == ["done", "gone"]
        assert await taken(first, one, "nudge") == 1


async def test_a_timer_decided_while_its_complaint_changes_is_decided_again(desk, clock, monkeypatch):
    one = await opened(desk)
    (row,) = await lease_due(desk.runtime.db, clock.advance(NUDGE), clock.now() + timedelta(seconds=30), 1)
    ordinary = transition
    slipped: list[bool] = []

    async def slow(*args, **kwargs):
        if not slipped:
            slipped.append(True)
            await ordinary(desk, HANDLER, by_of(HANDLER), one, args[4], Reply(firing._silent))  # a handler nudges by hand
        return await ordinary(*args, **kwargs)

    monkeypatch.setattr(firing, "transition", slow)
    assert await fire(desk, row, clock.now()) == ("done", "fired")
    assert await taken(desk, one, "nudge") == 2
    (done,) = await rows(desk, timer, id=row["id"])
    assert done["status"] == "done"


async def test_a_timer_whose_stage_was_left_ends_without_effect(desk, clock):
    one = await opened(desk)
    await step(desk, one, "park")
    await run_once(desk, clock.advance(CLOSE))
    assert await statuses(desk, one) == {"nudge_due": ["superseded"], "shut_due": ["superseded"]}
    assert await taken(desk, one, "nudge") == 0


async def test_a_timer_armed_anew_fires_at_the_new_time_alone(desk, clock):
    one = await opened(desk)
    await step(desk, one, "park")
    clock.advance(timedelta(minutes=20))
    await step(desk, one, "resume")
    await run_once(desk, clock.advance(timedelta(minutes=10)))
    assert await taken(desk, one, "nudge") == 0
    await run_once(desk, clock.advance(timedelta(minutes=20)))
    assert await taken(desk, one, "nudge") == 1
    assert (await statuses(desk, one))["nudge_due"] == ["superseded", "done"]


async def test_a_timer_that_a_guard_refuses_is_recorded_with_its_reasons_and_not_tried_again(desk, clock):
    one = await opened(desk, severity=4)
    await run_once(desk, clock.advance(CLOSE))
    await run_once(desk, clock.advance(timedelta(days=1)))
    (row,) = await rows(desk, timer, complaint_id=one, name="shut_due")
    assert (row["status"], row["outcome"]) == ("refused", "transition_refused, harmless")
    (told,) = await rows(desk, event, complaint_id=one, type="refused")
    assert (told["actor"], told["transition"]) == ("system", "shut_it")
    assert (await rows(desk, complaint, id=one))[0]["final"] is False


async def test_after_a_long_outage_the_timers_of_a_complaint_fire_in_the_order_of_their_times(desk, clock):
    one = await opened(desk)
    await run_once(desk, clock.advance(CLOSE + timedelta(days=3)))
    told = await rows(desk, event, complaint_id=one, type="transitioned")
    assert [e["transition"] for e in told] == ["nudge", "shut_it"]
    assert await statuses(desk, one) == {"nudge_due": ["done"], "shut_due": ["done"]}


async def test_a_timer_that_fails_is_tried_again_later_then_given_up_and_can_be_replayed(desk, clock, monkeypatch):
    one = await opened(desk)
    clock.advance(NUDGE)

    async def broken(*args, **kwargs):
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(firing, "transition", broken)
        for tries in range(1, firing.ATTEMPTS):
            assert (await run_once(desk, clock.now()))["timers"] == 0
            (row,) = await rows(desk, timer, complaint_id=one, name="nudge_due")
            assert (row["status"], row["attempts"]) == ("waiting", tries)
            clock.advance(timedelta(minutes=15))
        await run_once(desk, clock.now())
    (row,) = await rows(desk, timer, complaint_id=one, name="nudge_due")
    assert (row["status"], row["attempts"], row["outcome"]) == ("dead", firing.ATTEMPTS, "RuntimeError")

    async with desk.runtime.db.read() as conn:
        (letter,) = await dead_letters(conn, 10)
    assert (letter["kind"], letter["topic"], letter["last_error"]) == ("timer", "nudge_due", "RuntimeError")
    assert await replay_letters(desk.runtime.db, by_of(HANDLER), clock.now(), [row["id"]]) == 1
    assert (await run_once(desk, clock.now()))["timers"] == 1
    assert await taken(desk, one, "nudge") == 1


async def test_metrics_tell_how_many_fired_and_how_late(desk, clock):
    await opened(desk)
    await run_once(desk, clock.advance(NUDGE + timedelta(seconds=90)))
    sample = desk.runtime.metrics.registry.get_sample_value
    assert sample("amends_timers_fired_total", {"outcome": "done"}) == 1
    assert sample("amends_timer_late_seconds_sum") == 90
    assert sample("amends_timers_due") == 0
