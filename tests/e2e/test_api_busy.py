"""Too much at once, too long, or a database that hangs up: told as 503, safe to repeat, never a 500 and never a broken write."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx2
import pytest

from app.access.answers import Answer
from app.api import admission
from app.api.admission import Admission
from app.api.frame import Frame
from app.api.v1.door import send_answer
from app.clock import FrozenClock
from tests.e2e.api_world import OPENING, World, problem, world

App = Callable[[Any, Any, Any], Awaitable[None]]


def client(amends: World, app: App) -> httpx2.AsyncClient:
    """A client of `app` behind the frame and the admission of the API."""
    framed = Frame(Admission(app, amends.desk), amends.desk.runtime.metrics)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=framed), base_url="http://amends.test")


async def test_beyond_the_places_one_waits_a_little_and_then_hears_503(embedded: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admission, "WAIT", 0.02)
    places = embedded.desk.runtime.settings.admit
    inside = 0
    full, leave = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        nonlocal inside
        inside += 1
        if inside == places:
            full.set()
        await leave.wait()
        await send_answer(send, Answer(200, {}, b"{}"))

    async with client(embedded, slow) as sender:
        held = [asyncio.create_task(sender.get("/v1/x")) for _ in range(places)]
        await full.wait()
        for lang, words in (("en", "Too many"), ("zh", "太多")):
            answer = await sender.get("/v1/x", headers={"Accept-Language": lang})
            assert words in problem(answer, 503, "busy")["reasons"][0]["message"]
            assert answer.headers["retry-after"] == "1"
        health = asyncio.create_task(sender.get("/health/live"))
        leave.set()
        assert {answer.status_code for answer in await asyncio.gather(*held, health)} == {200}
        assert (await sender.get("/v1/x")).status_code == 200


async def test_files_have_places_of_their_own(embedded: World):
    leave = asyncio.Event()
    inside = asyncio.Semaphore(0)

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].startswith("/v1/imports") and scope["method"] == "POST":
            inside.release()
            await leave.wait()
        await send_answer(send, Answer(200, {}, b"{}"))

    async with client(embedded, slow) as sender:
        held = [asyncio.create_task(sender.post("/v1/imports/customers")) for _ in range(admission.LONG_PLACES)]
        for _ in held:
            await inside.acquire()
        assert problem(await sender.get("/v1/exports/complaints"), 503, "busy")["reasons"][0]["code"] == "import_places_taken"
        assert (await sender.get("/v1/imports/7")).status_code == 200
        assert (await sender.post("/v1/complaints")).status_code == 200
        leave.set()
        await asyncio.gather(*held)


async def test_what_takes_too_long_names_the_key_to_repeat_it_with(embedded: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admission, "LIMIT", 0.02)

    async def stuck(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    async with client(embedded, stuck) as sender:
        with_key = problem(await sender.post("/v1/x", headers={"Idempotency-Key": "k-77"}), 503, "busy")
        assert "k-77" in with_key["reasons"][0]["message"]
        assert problem(await sender.post("/v1/x"), 503, "busy")["reasons"][0]["code"] == "took_too_long_no_key"


async def test_a_database_that_hangs_up_is_told_as_busy_and_served_again(postgresql_url: str, tmp_path, clock: FrozenClock):
    async with world(postgresql_url, tmp_path, clock) as amends:
        await amends.opened()
        other = await asyncpg.connect(postgresql_url.replace("postgresql+asyncpg", "postgresql"))
        mine = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await other.execute(mine)
        await other.close()
        answers = [await amends.post("/v1/complaints", dict(OPENING), headers={"Idempotency-Key": "k"}) for _ in range(10)]
        assert {answer.status_code for answer in answers} <= {201, 503}
        assert answers[-1].status_code == 201
        assert len((await amends.get("/v1/complaints")).json()["items"]) == 2
