"""Refused steps are on record: the first at once, what a stuck key repeats as one event with its count."""

from __future__ import annotations

from datetime import timedelta

from app.clock import FrozenClock
from tests.e2e.api_world import World, etag


async def test_a_refusal_is_on_record_at_once_and_its_repeats_as_one_with_their_count(amends: World, clock: FrozenClock):
    now = await amends.opened()
    desk = amends.desk

    async def refused(times: int) -> None:
        for _ in range(times):
            body = {"transition": "solved"}
            await amends.post(f"/v1/complaints/{now['id']}/transitions", body, headers=etag(1))

    async def counts() -> list[int]:
        items = (await amends.get(f"/v1/complaints/{now['id']}/events")).json()["items"]
        return [item["data"]["count"] for item in items if item["type"] == "refused"]

    await refused(5)
    assert await counts() == [1]
    clock.advance(timedelta(seconds=30))
    assert await desk.refusals.settle(desk.runtime.db, clock.now()) == 0
    clock.advance(timedelta(seconds=30))
    assert await desk.refusals.settle(desk.runtime.db, clock.now()) == 1
    assert await counts() == [1, 4]
    await refused(3)
    clock.advance(timedelta(minutes=2))
    await refused(1)  # before anybody settled
    assert await counts() == [1, 4, 1, 3]
    assert await desk.refusals.settle(desk.runtime.db, clock.now(), everything=True) == 0
