"""Moving running complaints to another version while they go on running."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from app.audit.tables import event
from app.catalogue.definitions import publish
from app.complaints.tables import complaint
from app.desk import publishing
from app.desk.asking import as_of
from app.desk.change import change
from app.desk.desk import BY_SYSTEM, WORKFLOW, Desk, by_of
from app.desk.publishing import Move, run_move
from app.errors import Conflict
from app.timers.tables import timer
from app.worker.loop import run_once
from tests.integration.core_world import SUPERVISOR, erase
from tests.integration.worker_world import CLOSE, NUDGE, SMALL, desk_of, opened, rows, step

RENAMED = SMALL.replace("name: nudge\n", "name: poke\n").replace("trigger: nudge\n", "trigger: poke\n")
WITHOUT_PARKED = SMALL.replace("  parked:", "  aside:").replace("to: parked", "to: aside").replace("from: parked", "from: aside")


async def published(desk: Desk, text: str) -> int:
    async with desk.runtime.db.write() as conn:
        return (await publish(conn, BY_SYSTEM, desk.runtime.clock.now(), WORKFLOW, "small", text))[0].version


def move(desk: Desk, to: int, **stages: str):
    return run_move(desk, SUPERVISOR, by_of(SUPERVISOR), Move("small", 1, to, stages))


@pytest.fixture
async def desk(database_url, tmp_path, clock):
    async with desk_of(database_url, tmp_path, clock) as desk:
        yield desk


async def test_two_who_move_the_same_complaints_move_each_once(database_url, tmp_path, clock):
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(desk_of(database_url, tmp_path, clock)) for _ in range(2)]
        many = [await opened(first) for _ in range(30)]
        to = await published(first, RENAMED)
        counts = await asyncio.gather(move(first, to), move(second, to))
        assert sum(counts) == 30
        assert len(await rows(first, event, type="migrated")) == 30
        assert {(r["workflow_version"], r["version"]) for r in await rows(first, complaint)} == {(to, 2)}
        assert len(await rows(first, timer)) == 2 * len(many) + 30  # the one whose step has a new name is armed anew


async def test_a_timer_whose_step_has_a_new_name_fires_that_step_at_its_old_time(desk, clock):
    one = await opened(desk)
    to = await published(desk, RENAMED)
    clock.advance(timedelta(minutes=20))
    assert await move(desk, to) == 1
    await run_once(desk, clock.advance(timedelta(minutes=9)))
    assert await rows(desk, event, complaint_id=one, type="transitioned") == []
    await run_once(desk, clock.advance(timedelta(minutes=1)))
    (fired,) = await rows(desk, event, complaint_id=one, type="transitioned")
    assert (fired["transition"], fired["actor"]) == ("poke", "system")
    assert sorted(r["status"] for r in await rows(desk, timer, complaint_id=one, name="nudge_due")) == ["done", "superseded"]
    stored = (await rows(desk, complaint, id=one))[0]
    assert dict((await as_of(desk, one, clock.now())).complaint) == stored


async def test_a_complaint_that_stands_where_the_new_version_has_no_stage_stays_and_is_told(desk, clock, monkeypatch):
    """It moved on to that stage while the others were being moved."""
    late, other = await opened(desk), await opened(desk)
    to = await published(desk, WITHOUT_PARKED)

    async def slow(desk, actor, by, complaint_id, *more):
        if complaint_id == late and (await rows(desk, complaint, id=late))[0]["state"] == "fresh":
            await step(desk, late, "park")
        return await change(desk, actor, by, complaint_id, *more)

    monkeypatch.setattr(publishing, "change", slow)
    with pytest.raises(Conflict) as told:
        await move(desk, to)
    assert [reason.code for reason in told.value.reasons] == ["stage_without_target"]
    stand = {r["id"]: (r["workflow_version"], r["state"]) for r in await rows(desk, complaint)}
    assert stand == {late: (1, "parked"), other: (to, "fresh")}
    assert await move(desk, to, parked="aside") == 1
    assert (await rows(desk, complaint, id=late))[0]["state"] == "aside"


async def test_complaints_of_erased_customers_are_moved_with_the_others(desk, clock):
    one = await opened(desk)
    await erase(desk, one)
    assert await move(desk, await published(desk, RENAMED)) == 1
    await run_once(desk, clock.advance(NUDGE))
    await run_once(desk, clock.advance(CLOSE))
    assert (await rows(desk, complaint, id=one))[0]["final"]
