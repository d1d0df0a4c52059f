"""The worker as a whole: it runs all its jobs, survives what fails, ends in good order and clears up behind itself."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.access.tables import stored_answer
from app.audit.tables import lease
from app.clock import SystemClock
from app.db.ids import new_id
from app.desk.desk import by_of
from app.outbox import jobs
from app.outbox.tables import job, outbox
from app.outbox.tables import worker as worker_table
from app.timers.tables import timer
from app.worker import fire as firing
from app.worker import loop
from app.worker.context import hired
from app.worker.jobs import JOBS, Job
from app.worker.letters import dead_letters, replay_letters
from app.worker.loop import run, run_once
from app.worker.upkeep import KEPT, beat
from app.worker.work import ATTEMPTS, run_jobs
from tests.integration.worker_world import HANDLER, NUDGE, desk_of, opened, rows, step


@pytest.fixture
async def desk(database_url, tmp_path, clock):
    async with desk_of(database_url, tmp_path, clock, poll_seconds=0.01) as desk:
        yield desk


async def until(condition) -> None:
    """Wait for what a running worker does; a test that hangs is ended from outside."""
    while not await condition():  # noqa: ASYNC110 - what is waited for happens in the database
        await asyncio.sleep(0.01)


async def test_a_running_worker_does_all_its_work_and_ends_when_told(desk, clock):
    one = await opened(desk)
    clock.advance(NUDGE)
    stop = asyncio.Event()
    running = asyncio.create_task(run(desk, stop))

    async def sent() -> bool:
        return [row["status"] for row in await rows(desk, outbox, complaint_id=one)] == ["sent"]

    await until(sent)
    (alive,) = await rows(desk, worker_table)
    assert alive["seen_at"] == clock.now()
    stop.set()
    await running
    assert await rows(desk, worker_table) == []
    assert await rows(desk, lease) == []


async def test_a_job_that_fails_ends_neither_the_others_nor_the_worker(desk, clock, monkeypatch):
    failing: list[datetime] = []

    async def broken(worker):
        failing.append(worker.now())
        raise RuntimeError("a bug")

    monkeypatch.setattr(loop, "JOBS", (Job("broken", None, broken), *JOBS))
    one = await opened(desk)
    clock.advance(NUDGE)
    stop = asyncio.Event()
    running = asyncio.create_task(run(desk, stop))

    async def fired() -> bool:
        return len(failing) > 1 and (await rows(desk, timer, complaint_id=one, name="nudge_due"))[0]["status"] == "done"

    await until(fired)
    stop.set()
    await running


async def test_what_was_leased_and_not_begun_is_given_back_at_the_end(desk, clock, monkeypatch):
    for _ in range(10):
        await opened(desk)
    clock.advance(NUDGE)
    stop = asyncio.Event()

    async with hired(desk, clock, stop) as worker:
        ordinary = firing.fire

        async def one_and_stop(*args):
            stop.set()
            return await ordinary(*args)

        monkeypatch.setattr(firing, "fire", one_and_stop)
        await firing.fire_due(worker)
    left = await rows(desk, timer, name="nudge_due", status="waiting")
    assert 0 < len(left) < 10
    assert {row["leased_until"] for row in left} == {None}


async def test_a_killed_worker_is_forgotten_after_a_day(desk, clock):
    async with hired(desk, clock, asyncio.Event()) as killed:
        await beat(killed)
    clock.advance(timedelta(days=1, seconds=1))
    async with hired(desk, clock, asyncio.Event()) as other:
        await beat(other)
        assert [row["id"] for row in await rows(desk, worker_table)] == [other.id]


async def test_what_ended_long_ago_is_deleted_and_dead_letters_stay(desk, clock):
    old, fresh = await opened(desk), await opened(desk)
    await step(desk, old, "nudge")
    await run_once(desk, clock.advance(NUDGE))
    (first, *_) = await rows(desk, outbox, complaint_id=old)
    async with desk.runtime.db.write() as conn:
        await conn.execute(update(outbox).where(outbox.c.id == first["id"]).values(status="dead", sent_at=None))
        mine = (timer.c.complaint_id == fresh) & (timer.c.name == "shut_due")
        await conn.execute(update(timer).where(mine).values(due_at=clock.now() + timedelta(days=365)))
    counts = await run_once(desk, clock.advance(KEPT + timedelta(hours=1)))
    assert counts["prune"] > 0
    assert [row["id"] for row in await rows(desk, outbox, status="dead")] == [first["id"]]
    assert [row["status"] for row in await rows(desk, timer, complaint_id=fresh)] == ["waiting"]
    old_ones = await rows(desk, timer, complaint_id=old)
    assert [row["name"] for row in old_ones] == ["shut_due"]  # it fired today


async def test_answers_kept_for_repeats_go_after_their_day(desk, clock):
    now = clock.now()
    kept = {"body_hash": b"b" * 32, "status": 200, "headers": {}, "sealed_answer": b"-", "key_id": None, "created_at": now}
    async with desk.runtime.db.write() as conn:
        rows_ = [{**kept, "key_hash": n.to_bytes(32, "big"), "expires_at": now + timedelta(hours=24)} for n in range(450)]
        await conn.execute(stored_answer.insert(), rows_)
    assert (await run_once(desk, clock.advance(timedelta(hours=23))))["answers"] == 0
    assert (await run_once(desk, clock.advance(timedelta(hours=1))))["answers"] == 450


async def test_housekeeping_is_done_by_one_worker_at_a_time(desk, clock):
    done: list[str] = []

    async def once(worker):
        done.append(worker.holder)
        return 1

    only = Job("only", None, once, alone=True)
    async with hired(desk, clock, asyncio.Event()) as first, hired(desk, clock, asyncio.Event()) as second:
        assert await loop._once(first, only) == 1
        assert await loop._once(second, only) == 0
        assert await loop._once(first, only) == 1
        clock.advance(timedelta(minutes=6))
        assert await loop._once(second, only) == 1
    assert done == [first.holder, first.holder, second.holder]


async def test_partitions_reach_a_year_ahead(postgresql_url, tmp_path, clock):
    async with desk_of(postgresql_url, tmp_path, clock) as desk:
        await run_once(desk, datetime(2031, 5, 17, tzinfo=clock.now().tzinfo))
        async with desk.runtime.db.read() as conn:
            found = await conn.scalar(select(func.to_regclass("event_203205")))
        assert found is not None


class Counting:
    """A kind of job that counts to ten, and may be made to fail or to be stopped on its way."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.trouble = lambda n: None

    async def __call__(self, desk, args, progress, keep):
        for n in range(progress.get("n", 0), args["to"]):
            self.trouble(n)
            self.steps.append(n)
            await keep({"n": n + 1})
        return {"counted": args["to"]}


async def enqueued(desk, kind: str = "count") -> None:
    made = jobs.enqueue(kind, {"to": 10}, desk.runtime.clock.now(), HANDLER.id)
    async with desk.runtime.db.write() as conn:
        await conn.execute(made.table.insert().values(**made.row))


async def test_a_job_runs_to_its_end_and_keeps_its_result(desk, clock):
    await enqueued(desk)
    count = Counting()
    async with hired(desk, clock, asyncio.Event()) as worker:
        assert await run_jobs(worker, {"count": count}) == 1
        assert await run_jobs(worker, {"count": count}) == 0
    (row,) = await rows(desk, job)
    assert (row["status"], row["result"], row["attempts"], count.steps) == ("done", {"counted": 10}, 1, list(range(10)))


async def test_a_job_whose_worker_stops_goes_on_elsewhere_from_where_it_stood(desk, clock):
    await enqueued(desk)
    stop, count = asyncio.Event(), Counting()
    count.trouble = lambda n: stop.set() if n == 4 else None
    async with hired(desk, clock, stop) as worker:
        assert await run_jobs(worker, {"count": count}) == 0
    (row,) = await rows(desk, job)
    assert (row["status"], row["progress"], row["leased_until"], row["attempts"]) == ("waiting", {"n": 5}, None, 0)
    async with hired(desk, clock, asyncio.Event()) as other:
        assert await run_jobs(other, {"count": count}) == 1
    assert count.steps == list(range(10))


async def test_a_job_taken_over_by_another_worker_is_left_to_it(desk, clock):
    await enqueued(desk)
    async with hired(desk, clock, asyncio.Event()) as first, hired(desk, clock, asyncio.Event()) as second:
        slow, quick = Counting(), Counting()

        async def stalled(desk, args, progress, keep):
            clock.advance(timedelta(seconds=31))
            assert await run_jobs(second, {"count": quick}) == 1
            return await slow(desk, args, progress, keep)

        assert await run_jobs(first, {"count": stalled}) == 0
    assert quick.steps == list(range(10))
    assert slow.steps == [0]
    assert (await rows(desk, job))[0]["result"] == {"counted": 10}


async def test_a_job_that_fails_is_tried_again_from_its_progress_then_dead_then_replayed(desk, clock):
    await enqueued(desk)
    count = Counting()

    def broken(n):
        if n == 3:
            raise RuntimeError("a bug")

    count.trouble = broken
    async with hired(desk, clock, asyncio.Event()) as worker:
        for _ in range(ATTEMPTS):
            assert await run_jobs(worker, {"count": count}) == 0
            clock.advance(timedelta(minutes=15))
        assert await run_jobs(worker, {"count": count}) == 0
        (row,) = await rows(desk, job)
        assert (row["status"], row["attempts"], row["last_error"]) == ("dead", ATTEMPTS, "RuntimeError")
        async with desk.runtime.db.read() as conn:
            assert [letter["kind"] for letter in await dead_letters(conn, 5)] == ["job"]
        assert await replay_letters(desk.runtime.db, by_of(HANDLER), clock.now()) == 1
        count.trouble = lambda n: None
        assert await run_jobs(worker, {"count": count}) == 1
    assert count.steps == list(range(10))


async def test_a_job_of_a_kind_that_nobody_knows_is_given_up(desk, clock):
    await enqueued(desk, "juggle")
    await run_once(desk, clock.now())
    (row,) = await rows(desk, job)
    assert (row["status"], row["last_error"]) == ("dead", "kind_unknown")


async def test_ids_of_workers_tell_them_apart(desk):
    clock = SystemClock()
    async with hired(desk, clock, asyncio.Event()) as first, hired(desk, clock, asyncio.Event()) as second:
        assert first.holder != second.holder
        assert first.id.version == new_id(clock.now()).version == 7
