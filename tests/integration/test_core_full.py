"""The disk is full, or the database goes away in the middle: nothing half done, told as busy, and on it goes when there is room."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.access.answers import Answer, request_of
from app.audit.tables import event
from app.complaints.tables import complaint
from app.desk.asking import one
from app.desk.bulk import Item, answered_once, transition_many
from app.desk.desk import Desk, by_of
from app.errors import Busy
from app.outbox.tables import outbox
from app.timers.tables import timer
from app.worker import fire as firing
from app.worker.loop import run_once
from app.workflow.machine import Command
from tests.e2e.api_world import etag, problem, world
from tests.integration.core_world import SUPERVISOR, desk_at, opened, row, rows, step
from tests.integration.worker_world import NUDGE, desk_of
from tests.integration.worker_world import opened as small

CONSENT = {"purpose": "marketing", "channel": "sms", "status": "granted", "evidence": {"kind": "recorded_call"}}


async def room(desk: Desk, pages: int | None) -> None:
    """So many pages are left to the writer of this desk on SQLite; None: as many as it likes."""
    writer: Any = desk.runtime.db._batches

    def limit() -> None:
        (now,) = writer._connection.execute("PRAGMA page_count").fetchone()
        writer._connection.execute(f"PRAGMA max_page_count={now + pages if pages is not None else 1 << 30}")

    await asyncio.get_running_loop().run_in_executor(writer._thread, limit)


async def test_a_full_disk_is_told_as_busy_while_everybody_can_read(sqlite_url, tmp_path, clock):
    async with world(sqlite_url, tmp_path, clock) as amends:
        now = await amends.opened()
        await room(amends.desk, 0)
        path = f"/v1/complaints/{now['id']}"
        body = {"customer": {"id": now["customer"]["id"]}, "channel": "phone", "text": "很多字。" * 4000}
        answers = [await amends.post("/v1/complaints", body) for _ in range(30)]
        assert {answer.status_code for answer in answers} <= {201, 503}
        problem(answers[-1], 503, "busy")
        assert (await amends.get(path)).json()["version"] == 1
        assert (await amends.get("/v1/complaints")).status_code == 200
        await room(amends.desk, None)
        assert (await amends.post("/v1/complaints", body)).status_code == 201
        assert (await amends.post(f"{path}/transitions", {"transition": "begin"}, headers=etag(1))).status_code == 200


async def test_in_bulk_those_before_the_disk_was_full_are_done_and_told_so(sqlite_url, tmp_path, clock):
    async with desk_at(sqlite_url, tmp_path, clock) as desk:
        many = [await opened(desk) for _ in range(60)]
        await room(desk, 6)
        items = await transition_many(desk, SUPERVISOR, by_of(SUPERVISOR), many, Command("begin", {}, "很多字。" * 250))
        await room(desk, None)
        done = [item.id for item in items if item.error is None]
        assert 0 < len(done) < 60
        assert [item.id for item in items] == many
        assert done == many[: len(done)]
        assert {type(item.error) for item in items[len(done) :]} == {Busy}
        assert {r["id"] for r in await rows(desk, complaint, state="vent")} == set(done)
        assert len(await rows(desk, event, type="transitioned")) == len(done)


async def test_in_bulk_a_database_that_goes_away_is_told_for_each_that_is_left(postgresql_url, tmp_path, clock, monkeypatch):
    async with desk_at(postgresql_url, tmp_path, clock) as desk:
        many = [await opened(desk) for _ in range(6)]
        direct = desk.runtime.db.direct
        seen: list[Any] = []
        assert direct is not None
        fetch = direct.fetch

        async def cut(*args: Any, **more: Any) -> Any:
            seen.append(args)
            if len(seen) == 4:
                raise ConnectionResetError
            return await fetch(*args, **more)

        monkeypatch.setattr(direct, "fetch", cut)
        items = await transition_many(desk, SUPERVISOR, by_of(SUPERVISOR), many, Command("begin", {}))
        assert [type(item.error) for item in items] == [type(None), *[Busy] * 5]
        assert len(seen) == 4
        assert len(await rows(desk, complaint, state="vent")) == 1


async def test_under_its_key_a_bulk_goes_on_with_those_that_were_busy(sqlite_url, tmp_path, clock):
    async with desk_at(sqlite_url, tmp_path, clock) as desk:
        many = [await opened(desk) for _ in range(60)]
        same = request_of(desk.vault, user_id=SUPERVISOR.id, method="POST", template="/x", key="bulk", body=b"")

        def reply(items: list[Item]) -> Answer:
            return Answer(200, {}, str(sum(item.error is None for item in items)).encode())

        async def take() -> tuple[int, bool]:
            command = Command("begin", {}, "很多字。" * 250)
            answer, repeated = await answered_once(desk, SUPERVISOR, by_of(SUPERVISOR), many, command, reply, same)
            return int(answer.body or b""), repeated

        await room(desk, 6)
        some, repeated = await take()
        assert (0 < some < 60, repeated) == (True, False)
        await room(desk, None)
        assert await take() == (60, False)
        assert await take() == (60, True)
        assert len(await rows(desk, event, type="transitioned")) == 60


async def test_a_timer_that_cannot_be_put_off_does_not_cut_off_the_others_under_way(postgresql_url, tmp_path, clock, monkeypatch):
    async with desk_of(postgresql_url, tmp_path, clock) as desk:
        many = [await small(desk) for _ in range(8)]
        fire = firing.fire
        ended: list[Any] = []

        async def first_fails(desk: Desk, row: Any, now: Any) -> Any:
            if row["complaint_id"] == many[0]:
                raise RuntimeError("a bug")
            await asyncio.sleep(0.05)
            ended.append(row["complaint_id"])
            return await fire(desk, row, now)

        async def away(*_: Any) -> None:
            raise ConnectionResetError

        with monkeypatch.context() as patched:
            patched.setattr(firing, "fire", first_fails)
            patched.setattr(firing, "put_off", away)
            with pytest.raises(ConnectionResetError):
                await run_once(desk, clock.advance(NUDGE))
            assert sorted(ended) == sorted(many[1:])  # none goes on behind the back of a worker that has stopped
            assert len(await rows(desk, outbox)) == 7
        assert (await run_once(desk, clock.advance(timedelta(minutes=1))))["timers"] == 1
        assert {r["status"] for r in await rows(desk, timer, name="nudge_due")} == {"done"}


async def test_timers_are_not_given_up_for_a_disk_that_was_full_for_hours(sqlite_url, tmp_path, clock):
    async with desk_of(sqlite_url, tmp_path, clock) as desk:
        many = [await small(desk) for _ in range(30)]
        await room(desk, 0)
        clock.advance(NUDGE)
        for _ in range(2 * firing.ATTEMPTS):
            await run_once(desk, clock.advance(timedelta(minutes=15)))
        left = await rows(desk, timer, name="nudge_due", status="waiting")
        assert left
        assert {r["attempts"] for r in left} == {0}
        await room(desk, None)
        await run_once(desk, clock.advance(timedelta(minutes=15)))
        assert {r["status"] for r in await rows(desk, timer, name="nudge_due")} == {"done"}
        assert len(await rows(desk, outbox)) == len(many)


async def test_a_server_that_takes_no_writes_still_answers_those_who_read(postgresql_url, tmp_path, clock):
    """A standby, or a provider that makes a nearly full server read-only."""
    async with world(postgresql_url, tmp_path, clock) as amends:
        now, tokens = await amends.opened(), amends.tokens
        async with amends.desk.runtime.db.read() as conn:
            name = (await conn.execute(text("SELECT current_database()"))).scalar_one()
            await conn.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    clock.advance(timedelta(hours=2))  # so that the use of the token would be noted
    async with world(postgresql_url, tmp_path, clock, tokens) as amends:
        path = f"/v1/complaints/{now['id']}"
        assert (await amends.get(path)).json()["version"] == 1
        assert (await amends.get(f"{path}/actions")).status_code == 200
        problem(await amends.post(f"{path}/transitions", {"transition": "begin"}, headers=etag(1)), 503, "busy")
        problem(await amends.post(f"{path}/notes", {"text": "好"}), 503, "busy")
        problem(await amends.post(f"/v1/customers/{now['customer']['id']}/consents", CONSENT), 503, "busy")


async def test_a_step_that_failed_half_way_leaves_the_complaint_as_it_was(sqlite_url, tmp_path, clock):
    async with desk_at(sqlite_url, tmp_path, clock) as desk:
        now = await opened(desk)
        long = Command("transfer", {"transfer_reason": "other"}, "长" * 4000)
        await room(desk, 0)
        before, failed = await row(desk, now), False
        while not failed:
            before = await row(desk, now)
            try:
                await step(desk, now, long)
            except Busy:
                failed = True
        assert await row(desk, now) == before
        assert (await one(desk, now)).complaint == before
        assert len(await rows(desk, event, complaint_id=now)) == before["version"]
        await room(desk, None)
        assert (await step(desk, now, long))["version"] == before["version"] + 1
