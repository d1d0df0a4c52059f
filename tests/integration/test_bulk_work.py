"""Bulk work on a real database: killed anywhere it goes on, and two workers that both have it take no complaint twice."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.access.actor import Actor
from app.access.users import deactivate_user, ensure_user
from app.audit.tables import event
from app.complaints.pages import Filters
from app.desk.bulk_commands import COMMANDS
from app.desk.bulk_orders import Order, begin, look, order, packed, stop, unpacked
from app.desk.bulk_work import PAGE, work
from app.desk.desk import Desk, by_of
from tests.integration.core_world import desk_at, opened, row

STEPS = {"steps": [{"transition": "begin"}]}
MANY = PAGE + 7


class Killed(Exception):
    """The worker died."""


async def no_keep(_progress: Any) -> None:
    """A worker that never saves how far it is."""


async def lead(desk: Desk) -> Actor:
    user = await ensure_user(desk.runtime.db, "zhao", ["supervisor"], at=desk.runtime.clock.now())
    return user.actor()


async def asked(desk: Desk, actor: Actor, **more: Any) -> UUID:
    async with desk.runtime.db.write() as conn:
        made = await order(desk, conn, actor, by_of(actor), Order("transition", STEPS, **more))
    found: UUID = made["id"]
    return found


async def started(desk: Desk, actor: Actor, bulk: UUID) -> None:
    async with desk.runtime.db.write() as conn:
        await begin(desk, conn, actor, by_of(actor), bulk)


async def state(desk: Desk, bulk: UUID) -> dict[str, Any]:
    async with desk.runtime.db.read() as conn:
        return dict(await look(conn, bulk))


async def taken(desk: Desk, ids: list[UUID]) -> list[int]:
    """How often each complaint took a step."""
    query = select(event.c.complaint_id).where(event.c.type == "transitioned")
    async with desk.runtime.db.read() as conn:
        found = list((await conn.execute(query)).scalars())
    return [found.count(one) for one in ids]


@pytest.fixture
async def desk(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as made:
        yield made


async def test_killed_while_matching_and_while_running_it_ends_whole_and_nothing_is_done_twice(desk):
    actor = await lead(desk)
    ids = [await opened(desk, tags=["net.slow"]) for _ in range(MANY)]
    bulk = await asked(desk, actor, filters=Filters(tag="net.slow"))
    args = {"bulk": str(bulk)}

    async def dies(_progress: Any) -> None:
        raise Killed

    with pytest.raises(Killed):
        await work(desk, args, {}, dies)
    assert (await state(desk, bulk))["counts"]["total"] == PAGE  # kept, but the worker could not say so
    await work(desk, args, {}, no_keep)
    assert (await state(desk, bulk))["counts"]["total"] == MANY
    await started(desk, actor, bulk)
    with pytest.raises(Killed):
        await work(desk, args, {}, dies)
    assert (await state(desk, bulk))["counts"] == {"total": MANY, "waiting": 7, "done": PAGE, "refused": 0}
    assert await work(desk, args, {}, no_keep) == {"status": "done"}
    assert (await state(desk, bulk))["counts"]["done"] == MANY
    assert await taken(desk, ids) == [1] * MANY


async def test_two_workers_that_both_have_it_take_no_complaint_twice(desk, database_url, tmp_path, clock):
    actor = await lead(desk)
    ids = [await opened(desk) for _ in range(12)]
    bulk = await asked(desk, actor, ids=ids)
    await work(desk, {"bulk": str(bulk)}, {}, no_keep)
    await started(desk, actor, bulk)
    async with desk_at(database_url, tmp_path, clock) as other:
        await asyncio.gather(*(work(one, {"bulk": str(bulk)}, {}, no_keep) for one in (desk, other)))
    assert (await state(desk, bulk))["counts"] == {"total": 12, "waiting": 0, "done": 12, "refused": 0}
    assert await taken(desk, ids) == [1] * 12


async def test_a_stop_holds_before_the_next_complaint(desk, monkeypatch):
    actor = await lead(desk)
    ids = [await opened(desk) for _ in range(5)]
    bulk = await asked(desk, actor, ids=ids)
    await work(desk, {"bulk": str(bulk)}, {}, no_keep)
    await started(desk, actor, bulk)
    ordinary, begun = COMMANDS["transition"], 0

    async def stopped_at_the_third(*given: Any) -> Any:
        nonlocal begun
        begun += 1
        if begun == 3:
            async with desk.runtime.db.write() as conn:
                await stop(desk, conn, by_of(actor), bulk)
        return await ordinary(*given)

    monkeypatch.setitem(COMMANDS, "transition", stopped_at_the_third)
    assert await work(desk, {"bulk": str(bulk)}, {}, no_keep) == {"status": "stopped"}
    assert (await state(desk, bulk))["counts"] == {"total": 5, "waiting": 3, "done": 2, "refused": 0}
    await started(desk, actor, bulk)
    await work(desk, {"bulk": str(bulk)}, {}, no_keep)
    assert await taken(desk, ids) == [1] * 5


async def test_who_was_shut_out_meanwhile_does_nothing_more(desk):
    actor = await lead(desk)
    one = await opened(desk)
    bulk = await asked(desk, actor, ids=[one])
    await work(desk, {"bulk": str(bulk)}, {}, no_keep)
    await started(desk, actor, bulk)
    await deactivate_user(desk.runtime.db, "zhao", desk.runtime.clock.now())
    await work(desk, {"bulk": str(bulk)}, {}, no_keep)
    found = await state(desk, bulk)
    assert (found["status"], found["why_stopped"], (await row(desk, one))["version"]) == ("stopped", "user_gone", 1)


def test_filters_are_kept_as_they_were_and_a_search_as_hashes_alone(clock):
    from app.complaints.search_tokens import SearchTokens

    query = SearchTokens(b"k" * 32).query("张先生流量")
    filters = Filters(state=["vent"], final=False, owner=UUID(int=7), opened_from=clock.now(), q=query)
    kept = packed(filters)
    assert unpacked(kept) == filters
    assert "张" not in str(kept)
