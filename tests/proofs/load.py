"""Writers that keep the product busy and keep a ledger of everything that they were told is done.

A writer behaves as a good client does: every request has an Idempotency-Key, and where no answer came (the connection
broke, 503) the same request is sent again until there is one. So whatever was done in between is told in the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import httpx2

from tests.proofs.server import Served

Script = Iterator[tuple[str, dict[str, Any], bool]]


@dataclass(frozen=True)
class Acked:
    """A request that was answered with success, and the answer to the byte."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    status: int
    content: bytes


@dataclass
class Load:
    """Some writers at work until `done` is set."""

    served: Served
    token: str
    done: asyncio.Event = field(default_factory=asyncio.Event)
    ledger: list[Acked] = field(default_factory=list)
    repeats: int = 0
    patient: bool = True  # False: a writer whom the server leaves goes home

    async def run(self, writers: int) -> None:
        """Write with so many writers until told to stop."""
        async with asyncio.TaskGroup() as group:
            for number in range(writers):
                group.create_task(self._write(Random(number)))

    async def _write(self, rng: Random) -> None:
        async with self.served.client(self.token, 1) as client:
            while not self.done.is_set():
                try:
                    await self._life(client, rng)
                except httpx2.TransportError:
                    return

    async def _life(self, client: httpx2.AsyncClient, rng: Random) -> None:
        """One complaint, from its opening on, through steps that write rows of every kind."""
        body = {"customer": {"phone": f"139{rng.randrange(10**8):08}"}, "channel": "phone", "text": f"流量费多收了 {rng.random()}"}
        answer = await self._send(client, "/v1/complaints", body, None)
        complaint, version = answer.json()["id"], 1
        order = ""
        for path, body, versioned in _script(rng):
            if self.done.is_set():
                return
            while True:
                there = f"/v1/complaints/{complaint}/{path.format(order=order)}"
                answer = await self._send(client, there, _dated(body), version if versioned else None)
                if answer.status_code != 412:
                    break
                version = await self._version(client, complaint)  # a timer was faster
            found = answer.json()
            if answer.status_code == 409 and [reason["code"] for reason in found["reasons"]] == ["window_ahead"]:
                return  # the server was away for longer than the window: rightly refused
            assert answer.status_code < 300, f"{there} {body}: {answer.text}"
            version = found["complaint"]["version"]
            for event in found["events"]:
                order = event["data"].get("work_order", order)

    async def _version(self, client: httpx2.AsyncClient, complaint: str) -> int:
        while True:
            try:
                answer = await client.get(f"/v1/complaints/{complaint}")
            except httpx2.TransportError:
                if not self.patient:
                    raise
                await asyncio.sleep(0.05)
                continue
            if answer.status_code == 200:
                return int(answer.json()["version"])
            assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.05)

    async def _send(self, client: httpx2.AsyncClient, path: str, body: dict[str, Any], version: int | None) -> httpx2.Response:
        """The definite answer to one request, however often it takes to ask."""
        headers = {"Idempotency-Key": str(uuid4()), **({"If-Match": f'"{version}"'} if version else {})}
        while True:
            try:
                answer = await client.post(path, json=body, headers=headers)
            except httpx2.TransportError:
                if not self.patient:
                    raise
                answer = None
            if answer is not None and answer.status_code != 503:
                assert answer.status_code < 500, answer.text
                if answer.status_code < 300:
                    self.ledger.append(Acked(path, body, headers, answer.status_code, answer.content))
                return answer
            self.repeats += 1
            await asyncio.sleep(0.05)

    async def replay(self) -> None:
        """Send every acknowledged request again: the same status and bytes, or AssertionError."""
        places = asyncio.Semaphore(8)
        async with self.served.client(self.token, 8) as client:

            async def again(acked: Acked) -> None:
                async with places:
                    answer = await client.post(acked.path, json=acked.body, headers=acked.headers)
                assert (answer.status_code, answer.content) == (acked.status, acked.content), acked

            await asyncio.gather(*map(again, self.ledger))


def _script(rng: Random) -> Script:
    """Steps with rows of every kind: work orders, messages, timers that are due in a moment, sealed words, recorded forms."""
    step = "transitions"
    yield step, {"transition": "investigate"}, True
    yield step, {"transition": "order_work", "data": {"department": "billing", "request": "查账单"}}, True
    yield "notes", {"text": f"客户很着急 {rng.random()}"}, False
    yield "work-orders/{order}/moves", {"status": "fed_back", "answer": "确实多收了"}, False
    yield step, {"transition": "work_done"}, True
    yield step, {"transition": "ask_customer", "data": {"needed": "请发一张账单照片"}}, True
    yield step, {"transition": "customer_back", "data": {"channel": "sms", "emotion": rng.randint(1, 5)}}, True
    for _ in range(3):
        yield step, {"transition": "agree_callback", "data": {"window_from": 0, "window_until": rng.choice([1, 2])}}, True


def _dated(body: dict[str, Any]) -> dict[str, Any]:
    """`body` with windows, written as seconds from now, as times."""
    data = body.get("data", {})
    if "window_until" not in data:
        return body
    now = datetime.now(UTC)
    times = {name: (now + timedelta(seconds=seconds)).isoformat() for name, seconds in data.items()}
    return {**body, "data": times}
