"""Killed under load, again and again: what was acknowledged is there, nothing is half done, a repeat gets the same bytes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from random import Random

import orjson
import pytest
import pytest_asyncio

from app.clock import SystemClock
from tests import databases
from tests.proofs.books import Books, books
from tests.proofs.load import Load
from tests.proofs.own_postgres import OwnPostgres, own_postgres
from tests.proofs.server import Served
from tests.sizes import ALL, size

WRITERS = 8
# A dead worker's leases are taken over after this; the delivered default is half a minute.
SETTINGS = {"lease_seconds": "1", "poll_seconds": "0.05"}


@pytest_asyncio.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    """Web process and worker, each of which may be killed."""
    made = Served(database_url, tmp_path, SETTINGS)
    try:
        await made.start(worker=True)
        yield made
    finally:
        made.stop()


async def under_load(served: Served, strike: Callable[[int], Awaitable[None]], rounds: int) -> Load:
    """Writers at work while `strike` happens so many times, at random moments; ends when every request has its answer."""
    load, rng = Load(served, await served.token("li", "handler")), Random(rounds)
    writing = asyncio.create_task(load.run(WRITERS))
    for number in range(rounds):
        await at_work(load, writing)  # so that there is something to lose
        await asyncio.sleep(rng.uniform(0.0, 0.8))
        if writing.done():
            break
        await strike(number)
    await at_work(load, writing)  # and so that it is seen to go on
    load.done.set()
    await writing
    return load


async def at_work(load: Load, writing: asyncio.Task[None]) -> None:
    """Wait until so much more was acknowledged that every kind of row is among it."""
    enough = len(load.ledger) + 100
    await until(lambda: len(load.ledger) > enough or writing.done())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(300):
        while not holds():  # noqa: ASYNC110 - what is waited for is in other processes
            await asyncio.sleep(0.02)


async def quiet(served: Served) -> Books:
    """The books once no timer is due and no message or event waits any more; the processes are then ended politely."""
    async with asyncio.timeout(300):
        while True:
            found, now = await books(served.url), SystemClock().now()
            late = [t for t in found.rows["timer"] if t["status"] == "waiting" and t["due_at"] <= now]
            unsent = [m for m in found.rows["outbox"] if m["status"] == "unsent"]
            # A dead sealer is only replaced after a while; that events wait for it is no harm, and checked as such.
            if not late and not unsent and not (ALL and found.rows["event_pending"]):
                break
            await asyncio.sleep(0.5)
    served.stop()
    return await books(served.url)


def all_told(load: Load, found: Books) -> None:
    """Every acknowledged write is there, and there is none that nobody was told of."""
    answers = [orjson.loads(acked.content) for acked in load.ledger]
    told = {event["id"] for answer in answers for event in answer.get("events", ())}
    others = {"opened", "refused"}  # an opening is told as the complaint, a refusal as an error
    mine = (row for row in found.rows["event"] if row["complaint_id"] and row["actor"] == "li")
    there = {str(row["id"]) for row in mine if row["type"] not in others}
    assert told == there
    assert {answer["id"] for answer in answers if "id" in answer} == {str(row["id"]) for row in found.rows["complaint"]}
    assert len(found.rows["stored_answer"]) == len(load.ledger)
    states = {str(row["id"]): row["version"] for row in found.rows["complaint"]}
    for answer in answers:
        now = answer.get("complaint", answer)
        assert now["version"] <= states[now["id"]]


def all_fired_once(found: Books) -> None:
    """Timers that were due are at their end, some of them by firing; `Books.check` has compared firings and events."""
    ended = [t for t in found.rows["timer"] if t["name"] == "callback_window"]
    assert sum(t["status"] == "done" for t in ended) > 0, "no timer fired: the test proves nothing"
    assert {t["status"] for t in ended} <= {"done", "superseded", "waiting"}


def all_delivered(served: Served, found: Books) -> None:
    """Every message has left, under its own id; a repeat after a kill is a repeat of the same id."""
    lines = (served.var / "outbox.jsonl").read_bytes().splitlines()
    left = {orjson.loads(line)["id"] for line in lines}
    assert left == {str(row["id"]) for row in found.rows["outbox"]}


async def test_a_killed_server_has_lost_nothing_and_left_nothing_half_done(served: Served):
    async def strike(_number: int) -> None:
        served.kill()
        await served.start(worker=True)

    load = await under_load(served, strike, size("kill_rounds"))
    await load.replay()
    found = await quiet(served)
    print(f"{len(load.ledger)} acknowledged, {load.repeats} repeated, {len(found.rows['timer'])} timers")
    found.check()
    all_told(load, found)
    all_fired_once(found)
    all_delivered(served, found)
    if served.url.startswith("sqlite"):
        with sqlite3.connect(served.url.split("///", 1)[1]) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        file.close()


async def test_a_server_that_is_told_to_end_answers_what_it_has_begun(served: Served):
    """SIGTERM under load: whoever got no answer was not heard either, so that nothing happened that nobody was told of."""
    load = Load(served, await served.token("li", "handler"), patient=False)
    for _ in range(size("term_rounds")):
        writing = asyncio.create_task(load.run(WRITERS))
        await at_work(load, writing)
        processes = list(served.running.values())
        await asyncio.to_thread(served.stop)
        await writing
        assert [process.returncode for process in processes] == [0, 0]
        found = await books(served.url)
        found.check()
        all_told(load, found)
        leased = [t for t in found.rows["timer"] if t["status"] == "waiting" and t["leased_until"] is not None]
        assert not leased, "left for others only when the lease ends"
        await served.start(worker=True)
    await load.replay()


@pytest.fixture
def postgres_of_its_own() -> Iterator[OwnPostgres]:
    """A server that this test may restart."""
    try:
        with own_postgres() as own:
            yield own
    except databases.NoPostgresError as missing:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the wheel: {missing}")
        pytest.skip(str(missing))


async def test_a_restarted_postgresql_has_lost_nothing_and_left_nothing_half_done(postgres_of_its_own: OwnPostgres, tmp_path: Path):
    served = Served(postgres_of_its_own.url, tmp_path, SETTINGS)
    try:
        await served.start(worker=True)
        processes = [process.pid for process in served.running.values()]

        async def strike(number: int) -> None:
            await asyncio.to_thread(postgres_of_its_own.restart, "immediate" if number % 2 == 0 else "fast")

        load = await under_load(served, strike, size("restart_rounds"))
        assert [process.pid for process in served.running.values()] == processes
        assert all(process.poll() is None for process in served.running.values()), "a process did not outlive the restart"
        await load.replay()
        found = await quiet(served)
        print(f"{len(load.ledger)} acknowledged, {load.repeats} repeated, {len(found.rows['timer'])} timers")
        found.check()
        all_told(load, found)
        all_fired_once(found)
        all_delivered(served, found)
    finally:
        served.stop()
