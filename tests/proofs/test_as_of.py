"""The record as it was: at every recorded time it equals the snapshot that was taken then, whatever happened since."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import orjson
import pytest
import pytest_asyncio

from app.access.actor import Actor
from app.access.answers import Answer
from app.access.users import ensure_user
from app.boot import build_desk, publish_all
from app.clock import FrozenClock
from app.db.json import dumps
from app.desk.adding import add_note
from app.desk.asking import Found, as_of, one
from app.desk.assign import Assignment, assign
from app.desk.desk import Desk, by_of
from app.desk.intake import Opening, open_complaint
from app.desk.merge import merge
from app.desk.outcome import Reply, Result
from app.desk.publishing import Move, publish_workflow, run_move
from app.desk.touch import Touch, add_contact
from app.desk.view import complaint_view
from app.desk.who import Caller
from app.errors import NotFound
from app.settings import Settings
from app.worker.loop import run_once
from tests.proofs.flow_play import Player
from tests.proofs.flow_yaml import WORKFLOWS, delivered
from tests.sizes import size

SUPERVISOR = Actor(UUID(int=(0x018F << 112) | 3), "li", "李", frozenset({"supervisor"}))
BY = by_of(SUPERVISOR)


@pytest_asyncio.fixture
async def desk(database_url: str, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Desk]:
    settings = Settings(database_url=database_url, var=tmp_path / "var", workflows=WORKFLOWS, pool_size=2)
    made = await build_desk(settings, clock)
    await publish_all(made)
    yield made
    await made.runtime.db.close()


def shown(found: Found) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """The row, and what people see of it: state, words, clocks."""
    view = complaint_view(found.complaint, found.customer, found.key, found.texts, "zh", found.terms, found.at)
    return dict(found.complaint), dict(orjson.loads(dumps(view)))


class Album:
    """Snapshots of one complaint by the time at which they were taken."""

    def __init__(self, desk: Desk, clock: FrozenClock) -> None:
        self.desk, self.clock = desk, clock
        self.id = UUID(int=0)
        self.taken: dict[datetime, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}

    async def take(self) -> None:
        """Two changes in the same instant leave one snapshot, of after both."""
        self.taken[self.clock.now()] = shown(await one(self.desk, self.id))

    async def compare(self) -> None:
        """Look back to every time there is a snapshot of, and to the moments just before the next."""
        times = sorted(self.taken)
        for at, following in zip(times, [*times[1:], self.clock.now() + timedelta(days=1)], strict=True):
            for moment in (at, following - timedelta(microseconds=1)):
                row, view = shown(await as_of(self.desk, self.id, max(at, moment)))
                then = dict(self.taken[at][1])
                if moment > at:  # nothing has happened since, but the clocks have gone on
                    assert [one["started_at"] for one in view.pop("clocks")] == [one["started_at"] for one in then.pop("clocks")]
                assert (row, view) == (self.taken[at][0], then), moment
        with pytest.raises(NotFound):
            await as_of(self.desk, self.id, times[0] - timedelta(microseconds=1))


def _nothing(_result: Result) -> Answer:
    return Answer(200, {}, b"")


async def test_the_record_as_it_was_equals_the_snapshot_taken_then(desk: Desk, clock: FrozenClock):
    rng = Random(20260310)
    for _ in range(size("as_of_complaints")):
        player, album = Player(desk, clock, delivered(), rng.getrandbits(32), {}), Album(desk, clock)

        async def after(player: Player = player, album: Album = album) -> None:
            album.id = player.id
            await album.take()

        player.after = after
        await player.play([rng.getrandbits(32) for _ in range(size("as_of_changes"))])
        await album.compare()


async def test_what_else_changes_a_record_is_part_of_its_history_too(desk: Desk, clock: FrozenClock):
    """Notes, contacts, assignments, timers that fire, another version of the workflow, a merge."""
    reply, album, texts = Reply(_nothing), Album(desk, clock), dict[str, Any]()

    def kept(result: Result) -> Answer:
        texts[str(len(texts))] = result.complaint["id"]
        return Answer(200, {}, b"")

    for _ in range(2):
        await open_complaint(desk, SUPERVISOR, BY, Opening(Caller(external_id="CRM-1"), "phone", "流量费多收了"), Reply(kept))
    album.id, other = texts["0"], texts["1"]
    await album.take()
    clock.advance(timedelta(minutes=2))
    await add_note(desk, SUPERVISOR, BY, album.id, "请六点以后打", reply)
    await album.take()
    clock.advance(timedelta(minutes=2))
    await add_contact(desk, SUPERVISOR, BY, album.id, Touch("in", "phone", verification=2, emotion_end=4), reply)
    await album.take()
    clock.advance(timedelta(minutes=2))
    user = await ensure_user(desk.runtime.db, "wang", ["handler"], at=clock.now())
    values = {"owner_id": user.id, "team": "north"}
    await assign(desk, SUPERVISOR, BY, album.id, Assignment(values, "顺路"), reply, expected=2)
    await album.take()
    clock.advance(timedelta(hours=12))
    assert (await run_once(desk, clock.now()))["timers"] > 0
    await album.take()
    clock.advance(timedelta(minutes=2))
    text = (WORKFLOWS / "complaint.yaml").read_text("utf-8") + "\n# the next version\n"
    await publish_workflow(desk, BY, text)
    assert await run_move(desk, SUPERVISOR, BY, Move("complaint", 1, 2)) == 2
    await album.take()
    clock.advance(timedelta(minutes=2))
    now = (await one(desk, album.id)).complaint
    await merge(desk, SUPERVISOR, BY, album.id, other, "同一件事", reply, expected=now["version"])
    await album.take()
    states = [(row["version"], row["state"], row["workflow_version"], row["team"]) for row, _ in album.taken.values()]
    assert len(set(states)) == 6  # each but the note made a difference that can be seen here
    await album.compare()
