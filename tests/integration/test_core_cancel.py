"""A caller goes away, or a time limit strikes, at any moment of a step: it is stored whole or not at all, and its key finds out."""

from __future__ import annotations

import asyncio
from random import Random

from app.access.answers import request_of
from app.audit.tables import event
from app.complaints.tables import complaint
from app.desk.desk import by_of
from app.desk.outcome import Reply
from app.desk.transition import transition
from app.timers.tables import timer
from app.workflow.machine import Command
from tests.integration.core_world import HANDLER, brief, desk_at, opened, rows

STEPS = [Command("begin", {}, "先听他说"), Command("heard_out", {"heard": True, "emotion": 4}), Command("investigate", {})]


async def test_whoever_is_cut_off_at_any_moment_finds_the_step_done_once_or_not_begun(database_url, tmp_path, clock):
    rng = Random(5)
    async with desk_at(database_url, tmp_path, clock) as desk:

        async def take(one, n: int):
            same = request_of(desk.vault, user_id=HANDLER.id, method="POST", template="/x", key=f"k{n}", body=b"")
            return await transition(desk, HANDLER, by_of(HANDLER), one, STEPS, Reply(brief, same), expected=1)

        many = [await opened(desk) for _ in range(60)]
        cut = 0
        for n, one in enumerate(many):
            task = asyncio.create_task(take(one, n))
            await asyncio.sleep(rng.random() * 0.02)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                cut += 1
        done = {r["id"] for r in await rows(desk, complaint, state="investigating")}
        for n, one in enumerate(many):
            _, repeated = await take(one, n)
            assert repeated is (one in done)
        assert {(r["state"], r["version"]) for r in await rows(desk, complaint)} == {("investigating", 4)}
        assert len(await rows(desk, event, type="transitioned")) == 3 * len(many)
        assert len(await rows(desk, timer, name="progress_due")) == len(many)
        assert cut > 0
