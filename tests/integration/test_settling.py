"""Promises, work orders and consults fall due once, however many workers look at them and whatever people do meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

from app.audit.tables import event
from app.commitments.due import lease_next
from app.commitments.tables import consult, promise, work_order
from app.desk.consults import ask_expert
from app.desk.desk import by_of
from app.desk.outcome import Reply
from app.desk.promises import add_promise, end_promise
from app.desk.settling import settle
from app.desk.work_orders import add_work_order
from app.errors import Refused
from app.worker.loop import run_once
from tests.integration.core_world import HANDLER, brief, desk_at, opened, row, rows

BY, REPLY = by_of(HANDLER), Reply(brief)


async def test_three_workers_settle_each_once(database_url, tmp_path, clock):
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk_at(database_url, tmp_path, clock)) for _ in range(3)]
        many = [await opened(desks[0]) for _ in range(8)]
        for one in many:
            await add_promise(desks[0], HANDLER, BY, one, "call_back", "in 2 hours", None, REPLY)
            await add_work_order(desks[0], HANDLER, BY, one, "network", "查基站", None, REPLY)
            await ask_expert(desks[0], HANDLER, BY, one, "billing", "能退吗", REPLY)
        now = clock.advance(timedelta(days=30))
        counts = await asyncio.gather(*(run_once(desk, now) for desk in desks))
        # What another worker held for a moment, and the call backs that the consults turned into, are due at the next looks.
        later = [await run_once(desks[0], clock.advance(timedelta(hours=1))) for _ in range(6)]
        assert sum(count["commitments"] for count in [*counts, *later]) == 4 * 8
        for one in many:
            kept = [e for e in await rows(desks[0], event, complaint_id=one) if e["type"] in KINDS]
            found = sorted((e["type"], e["data"].get("percent", 0)) for e in kept)
            assert [f for f in found if f[0] == "work_order_late"] == [("work_order_late", percent) for percent in (80, 100, 150)]
            assert [found.count((kind, 0)) for kind in ("consult_turned", "promise_ended")] == [1, 2]
            after = await row(desks[0], one)
            assert (after["broken_promises"], after["open_work_orders"]) == (2, 1)
        assert {p["status"] for p in await rows(desks[0], promise)} == {"broken"}
        assert {c["status"] for c in await rows(desks[0], consult)} == {"promised"}
        assert {o["level"] for o in await rows(desks[0], work_order)} == {3}


KINDS = {"promise_ended", "promise_reminded", "work_order_late", "consult_turned"}


async def test_who_keeps_it_while_a_worker_holds_it_is_not_overruled(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        one = await opened(desk)
        await add_promise(desk, HANDLER, BY, one, "call_back", "in 2 hours", None, REPLY)
        now = clock.advance(timedelta(hours=2))
        (leased,) = await lease_next(desk.runtime.db, promise, now, now + timedelta(seconds=30), 10)
        await end_promise(desk, HANDLER, BY, one, leased["id"], "kept", "打过了", REPLY)
        assert not await settle(desk, "promise", leased)
        assert [p["status"] for p in await rows(desk, promise)] == ["kept"]  # at the very moment it was due: in time
        assert (await row(desk, one))["broken_promises"] == 0


async def test_a_handler_and_the_worker_at_once_end_it_once(database_url, tmp_path, clock):
    async with desk_at(database_url, tmp_path, clock) as desk:
        for _ in range(4):
            one = await opened(desk)
            await add_promise(desk, HANDLER, BY, one, "call_back", "in 2 hours", None, REPLY)
            now = clock.advance(timedelta(hours=3))
            (leased,) = await lease_next(desk.runtime.db, promise, now, now + timedelta(seconds=30), 10)
            ending = end_promise(desk, HANDLER, BY, one, leased["id"], "withdrawn", "客户来店里了", REPLY)
            withdrawn, _ = await asyncio.gather(ending, settle(desk, "promise", leased), return_exceptions=True)
            ended = [e for e in await rows(desk, event, complaint_id=one) if e["type"] == "promise_ended"]
            (mine,) = await rows(desk, promise, complaint_id=one)
            assert [e["data"]["status"] for e in ended] == [mine["status"]]
            assert (mine["status"] == "broken") == isinstance(withdrawn, Refused)
            assert (await row(desk, one))["open_promises"] == 0
