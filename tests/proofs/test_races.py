"""Races over real HTTP against a real server: one winner, no lost update, one effect of a repeated request."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

import httpx2

from tests.proofs.server import Served
from tests.sizes import size

SETTINGS = {"postgresql": {"workers": "2"}}  # so that racers meet in the database and nowhere before
Client = httpx2.AsyncClient
OPENING = {"customer": {"phone": "13961235611", "name": "张先生"}, "channel": "phone", "text": "上个月流量费多收了 30 元。"}


async def clients(stack: AsyncExitStack, served: Served, count: int, role: str, users: int = 8) -> list[Client]:
    """`count` clients, each with a connection of its own, of a few users."""
    tokens = [await served.token(f"{role}-{n}", role) for n in range(min(users, count))]
    return [await stack.enter_async_context(served.client(token, 1, patient=True)) for token in islice(cycle(tokens), count)]


async def opened(client: Client, **more: Any) -> dict[str, Any]:
    answer = await client.post("/v1/complaints", json={**OPENING, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def history(client: Client, complaint: str, type_: str) -> list[dict[str, Any]]:
    """All events of a type, oldest first."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get(f"/v1/complaints/{complaint}/events", params={"limit": "200", **cursor})).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return [event for event in found if event["type"] == type_]
        cursor = {"cursor": page["next_cursor"]}


async def test_one_of_many_who_take_the_same_step_wins(served: Served):
    async with AsyncExitStack() as stack:
        many = await clients(stack, served, size("race_clients"), "handler")
        for number in range(size("race_rounds")):
            now = await opened(many[0])
            path = f"/v1/complaints/{now['id']}/transitions"

            async def fire(client: Client, n: int, path: str = path, keyed: bool = number % 2 == 0) -> int:
                key = {"Idempotency-Key": f"{path}-{n}"} if keyed else {}
                answer = await client.post(path, json={"transition": "begin"}, headers={"If-Match": '"1"', **key})
                return answer.status_code

            statuses = Counter(await asyncio.gather(*(fire(client, n) for n, client in enumerate(many))))
            assert statuses[200] == 1, statuses
            assert set(statuses) <= {200, 409, 412}, statuses
            (step,) = await history(many[0], now["id"], "transitioned")
            assert (step["seq"], step["transition"]) == (2, "begin")


async def test_one_of_many_who_take_the_same_step_in_bulk_without_if_match_wins(served: Served):
    async with AsyncExitStack() as stack:
        many = await clients(stack, served, size("race_clients"), "supervisor")
        for _ in range(size("race_rounds")):
            now = await opened(many[0])
            body = {"ids": [now["id"]], "transition": "begin"}
            answers = await asyncio.gather(*(client.post("/v1/complaints:transition", json=body) for client in many))
            assert {answer.status_code for answer in answers} == {200}
            items = [answer.json()["items"][0] for answer in answers]
            statuses = Counter(item["status"] for item in items)
            assert statuses[200] == 1, statuses
            assert set(statuses) <= {200, 409}, statuses
            (step,) = await history(many[0], now["id"], "transitioned")
            assert (step["seq"], step["transition"]) == (2, "begin")


BITS = (
    "charge.overage_data",
    "charge.roaming",
    "charge.arrears",
    "net.slow",
    "net.indoor",
    "net.area",
    "svc.attitude",
    "safe.spam",
    "fixed.tv",
)
"""Tags of the library as the digits of a number."""


def tagged(count: int) -> list[str]:
    """`count` as tags: those of the bits that are set."""
    return [tag for place, tag in enumerate(BITS) if count >> place & 1]


async def test_no_edit_is_lost(served: Served):
    """Editors count up in the tags, each reading, changing and, when another was faster, reading again."""
    editors, each = size("editors"), size("edits_each")
    async with AsyncExitStack() as stack:
        many = await clients(stack, served, editors, "handler")
        now = await opened(many[0], tags=[])
        path = f"/v1/complaints/{now['id']}"

        async def edit(client: Client) -> list[int]:
            written: list[int] = []
            while len(written) < each:
                seen = await client.get(path)
                assert seen.status_code == 200
                count = sum(1 << BITS.index(tag) for tag in seen.json()["tags"]) + 1
                answer = await client.patch(path, json={"tags": tagged(count)}, headers={"If-Match": seen.headers["etag"]})
                assert answer.status_code in {200, 412}, answer.text
                if answer.status_code == 200:
                    assert answer.json()["complaint"]["tags"] == tagged(count)
                    written.append(count)
            return written

        acknowledged = [count for written in await asyncio.gather(*map(edit, many)) for count in written]
        assert sorted(acknowledged) == list(range(1, editors * each + 1))  # each number once: nobody wrote over anybody
        final = (await many[0].get(path)).json()
        assert (final["tags"], final["version"]) == (tagged(editors * each), 1 + editors * each)
        changes = await history(many[0], now["id"], "changed")
        assert [event["seq"] for event in changes] == list(range(2, editors * each + 2))
        assert [event["data"]["to"]["tags"] for event in changes] == [tagged(n) for n in range(1, editors * each + 1)]


async def test_a_stale_or_missing_version_is_refused(served: Served):
    async with served.client(await served.token("li", "handler")) as client:
        now = await opened(client)
        path = f"/v1/complaints/{now['id']}"
        assert (await client.patch(path, json={"severity": 3}, headers={"If-Match": '"1"'})).status_code == 200
        assert (await client.patch(path, json={"severity": 4}, headers={"If-Match": '"1"'})).status_code == 412
        assert (await client.patch(path, json={"severity": 4})).status_code == 428
        assert (await client.get(path)).json()["severity"] == 3


async def test_many_requests_with_one_key_have_one_effect_and_the_same_bytes(served: Served):
    began = datetime.now(UTC)
    async with AsyncExitStack() as stack:
        token = await served.token("li", "handler")
        many = [await stack.enter_async_context(served.client(token, 1, patient=True)) for _ in range(size("idempotent_clients"))]
        other = await stack.enter_async_context(served.client(await served.token("wang", "handler")))

        async def all_at_once(path: str, body: dict[str, Any], another: dict[str, Any], **more: str) -> dict[str, Any]:
            headers = {"Idempotency-Key": str(uuid4()), **more}
            answers = await asyncio.gather(*(client.post(path, json=body, headers=headers) for client in many))
            answers.append(await many[0].post(path, json=body, headers=headers))
            assert {answer.status_code for answer in answers} <= {200, 201}
            assert len({(a.status_code, a.content, a.headers["etag"], a.headers.get("location")) for a in answers}) == 1
            reused = await many[0].post(path, json=another, headers=headers)
            assert (reused.status_code, reused.json()["code"]) == (422, "key_reused")
            theirs = await other.post(path, json=body, headers=headers)
            assert theirs.content != answers[0].content  # another user's key is another key, even if it is the same
            found: dict[str, Any] = answers[0].json()
            return found

        for _ in range(3):
            now = await all_at_once("/v1/complaints", OPENING, {**OPENING, "severity": 3})
            path = f"/v1/complaints/{now['id']}"
            begin, note = {"transition": "begin"}, {"text": "请六点以后再打电话。"}
            moved = await all_at_once(f"{path}/transitions", begin, {"transition": "investigate"}, **{"If-Match": '"1"'})
            assert moved["complaint"]["version"] == 2
            assert [event["seq"] for event in await history(many[0], now["id"], "transitioned")] == [2]
            await all_at_once(f"{path}/notes", note, {"text": "另一条"})
            assert [event["actor"] for event in await history(many[0], now["id"], "noted")] == ["li", "wang"]
        since = {"limit": "200", "opened_from": began.isoformat()}
        everything = (await many[0].get("/v1/complaints", params=since)).json()["items"]
        assert len(everything) == 6  # three of each user: no repeat opened another
