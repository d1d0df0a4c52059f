"""A fact that changes while a step decides: a work order, a tag, a consent slips in, and the guard's word still holds.

A trigger of the test's own notes, inside the very transaction that stores a step, what the guard's facts are then. So it
is no matter of luck with clocks: a step stored on facts that had changed would stand in the notes.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any

import httpx2
import orjson
import pytest_asyncio
from sqlalchemy import text

from app.db.engine import Database
from tests.proofs.server import Served
from tests.sizes import ALL, size

PROGRAM = (sys.executable, "-m", "tests.proofs.stretched")  # takes its time between deciding and writing
Client = httpx2.AsyncClient
OPENING = {"customer": {"phone": "13961235611"}, "channel": "phone", "text": "信号不好"}
FREE = "status IN ('received', 'assigned', 'in_progress')"
NOTED = f"""
    SELECT NEW.id, NEW.complaint_id, NEW.seq, NEW.transition, c.version, c.open_work_orders,
      (SELECT count(*) FROM work_order w WHERE w.complaint_id = c.id AND {FREE}), c.tags, p.consents
    FROM complaint c JOIN customer p ON p.id = c.customer_id WHERE c.id = NEW.complaint_id
"""
WITNESS = {
    "sqlite": (
        "CREATE TABLE IF NOT EXISTS witness (event_id, complaint_id, seq, transition, version, counted, really_open, tags, consents)",
        f"CREATE TRIGGER IF NOT EXISTS witness AFTER INSERT ON event WHEN NEW.type = 'transitioned' BEGIN INSERT INTO witness {NOTED}; END",
    ),
    "postgresql": (
        """CREATE TABLE IF NOT EXISTS witness (event_id uuid, complaint_id uuid, seq int, transition text, version int, counted int,
        really_open int, tags jsonb, consents jsonb)""",
        f"CREATE OR REPLACE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO witness {NOTED}; RETURN NULL; END $$",
        "CREATE OR REPLACE TRIGGER witness AFTER INSERT ON event FOR EACH ROW WHEN (NEW.type = 'transitioned') EXECUTE FUNCTION witness()",
    ),
}
SLIP = """
workflow: slip
title: {zh: 抢跑, en: Slip}
start: fresh
stages:
  fresh: {title: {zh: 新, en: Fresh}, kind: working, tmf: acknowledged}
  offered: {title: {zh: 已推荐, en: Offered}, kind: working, tmf: inProgress}
  shut: {title: {zh: 关闭, en: Shut}, kind: final, tmf: closed}
transitions:
  - name: offer
    title: {zh: 推荐, en: Offer}
    from: fresh
    to: offered
    roles: supervisor
    guards:
      - name: fits
        expr: '"tariff.too_big" in complaint.tags'
        refusal: {zh: 没有合适的。, en: Nothing fits.}
      - name: agreed
        expr: customer.consent_marketing
        refusal: {zh: 客户没有同意。, en: No consent.}
  - name: back
    title: {zh: 退回, en: Back}
    from: offered
    to: fresh
    roles: supervisor
  - name: shut_it
    title: {zh: 关闭, en: Shut it}
    from: offered
    to: shut
    roles: supervisor
"""


@pytest_asyncio.fixture
async def witness(served: Served):
    """Sets the trigger; gives a function that reads the notes of one transition."""
    database = Database(served.url, 2)
    async with database.write() as conn:
        for statement in WITNESS[database.dialect]:
            await conn.exec_driver_sql(statement)

    async def notes(transition: str) -> list[Any]:
        async with database.read() as conn:
            found = await conn.execute(text("SELECT * FROM witness WHERE transition = :name"), {"name": transition})
            return list(found)

    yield notes
    await database.close()


async def retried(act: Callable[[], Awaitable[httpx2.Response]]) -> httpx2.Response:
    """What only adds is told 409 when others kept changing the complaint: send it again."""
    while True:
        answer = await act()
        if answer.status_code != 409 or answer.json()["code"] != "conflict":
            assert answer.status_code < 500, answer.text
            return answer


async def step(client: Client, complaint: str, name: str, **data: Any) -> int:
    """Take a step on whatever version is current: the status."""
    path = f"/v1/complaints/{complaint}"
    etag = (await client.get(path)).headers["etag"]
    answer = await client.post(f"{path}/transitions", json={"transition": name, "data": data}, headers={"If-Match": etag})
    assert answer.status_code in {200, 409, 412}, answer.text
    return answer.status_code


async def race(rng: Random, many: list[Client], complaint: str, name: str, slip: Callable[[], Awaitable[object]]) -> int:
    """Eight take the step `name`, half with If-Match and half in bulk, while `slip` happens: how many of them took it."""
    path = f"/v1/complaints/{complaint}"
    etag = (await many[0].get(path)).headers["etag"]

    async def with_if_match(client: Client) -> int:
        answer = await client.post(f"{path}/transitions", json={"transition": name}, headers={"If-Match": etag})
        assert answer.status_code in {200, 409, 412}, answer.text
        return int(answer.status_code == 200)

    async def in_bulk(client: Client) -> int:
        """Decided again when another was faster."""
        answer = await client.post("/v1/complaints:transition", json={"ids": [complaint], "transition": name})
        assert answer.json()["items"][0]["status"] in {200, 409}, answer.text
        return int(answer.json()["taken"])

    async def slipping() -> int:
        await slip()
        return 0

    acts = [partial(with_if_match, client) for client in many[:4]] + [partial(in_bulk, client) for client in many[4:8]]
    started = [act() for act in acts]
    started.insert(rng.randrange(len(started)), slipping())
    return sum(await asyncio.gather(*started))


async def test_no_work_order_slips_past_the_guard_on_it(served: Served, witness: Any):
    rounds, rng, taken = size("slip_in_rounds"), Random(1), 0
    async with AsyncExitStack() as stack:
        token = await served.token("li", "supervisor")
        many = [await stack.enter_async_context(served.client(token, 1)) for _ in range(9)]
        for _ in range(rounds):
            now = (await many[0].post("/v1/complaints", json=OPENING)).json()["id"]
            orders = f"/v1/complaints/{now}/work-orders"
            assert await step(many[0], now, "investigate") == 200
            assert await step(many[0], now, "order_work", department="network", request="查基站") == 200
            events = (await many[0].get(f"/v1/complaints/{now}/events")).json()["items"]
            first = next(event for event in events if event["type"] == "work_ordered")["data"]["work_order"]
            done = {"status": "fed_back", "answer": "修好了"}
            assert (await many[0].post(f"{orders}/{first}/moves", json=done)).status_code == 200

            async def slip(orders: str = orders) -> None:
                more = {"department": "billing", "request": "再查账单"}
                assert (await retried(lambda: many[8].post(orders, json=more))).status_code == 201

            taken += await race(rng, many, now, "work_done", slip)
    noted = await witness("work_done")
    assert len(noted) == taken
    for note in noted:
        assert (note.counted, note.really_open) == (0, 0), note
        assert note.version == note.seq
    assert not ALL or 0 < taken < rounds, "always or never: the test proves nothing"


async def test_no_tag_and_no_consent_slips_past_the_guards_on_them(served: Served, witness: Any):
    rounds, rng, taken = size("slip_in_rounds"), Random(1), 0
    async with AsyncExitStack() as stack:
        admin = await stack.enter_async_context(served.client(await served.token("root", "admin")))
        published = await admin.post("/v1/workflows", content=SLIP.encode(), headers={"Content-Type": "application/yaml"})
        assert published.status_code == 201, published.text
        token = await served.token("li", "supervisor")
        many = [await stack.enter_async_context(served.client(token, 1)) for _ in range(9)]
        made = (await many[0].post("/v1/complaints", json={**OPENING, "workflow": "slip"})).json()
        now, customer = made["id"], made["customer"]["id"]
        consents, path = f"/v1/customers/{customer}/consents", f"/v1/complaints/{now}"

        async def consent(status: str) -> None:
            body = {"purpose": "marketing", "channel": "phone", "status": status, "evidence": {"kind": "recorded_call"}}
            assert (await retried(lambda: many[8].post(consents, json=body))).status_code == 201

        async def tags(*names: str) -> None:
            answer = None
            while answer is None or answer.status_code == 412:
                etag = (await many[8].get(path)).headers["etag"]
                answer = await many[8].patch(path, json={"tags": list(names)}, headers={"If-Match": etag})
            assert answer.status_code == 200, answer.text

        for _ in range(rounds):
            await consent("granted")
            await tags("tariff.too_big")
            slip = partial(consent, "withdrawn") if rng.random() < 0.7 else tags
            taken += await race(rng, many, now, "offer", slip)
            await step(many[0], now, "back")
        noted = await witness("offer")
        assert len(noted) == taken
        for note in noted:
            found, agreed = (orjson.loads(v) if isinstance(v, str) else v for v in (note.tags, note.consents))
            assert found == ["tariff.too_big"], note
            assert agreed == {"marketing.phone": "granted"}, note
            assert note.version == note.seq
        assert not ALL or 0 < taken < rounds, "always or never: the test proves nothing"
        await _events_tell_the_same(many[0], path)


async def _events_tell_the_same(client: Client, path: str) -> None:
    """From the history alone: its numbers have no gap, and the tags before each accepted offer were the right ones."""
    events: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get(f"{path}/events", params={"limit": "200", **cursor})).json()
        events += [event for event in page["items"] if event["seq"] is not None]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    events.sort(key=lambda event: event["seq"])
    assert all(after["seq"] == before["seq"] + 1 for before, after in pairwise(events))
    tags: list[str] = []
    for event in events:
        if event["type"] == "changed":
            tags = event["data"]["to"]["tags"]
        elif event["transition"] == "offer":
            assert tags == ["tariff.too_big"], event
            assert all(guard["value"] is True for guard in event["guards"])
