"""The closed-loop load generator; runs in its own process.

`python -m bench.load < job.json` opens complaints with N clients for a fixed time, then moves
those complaints along the plan's steps with N clients for a fixed time, and prints one JSON
object: a Result of each phase and the number of all answers (warm-up included), so that the
caller can compare it with the rows in the database. An answer other than 2xx ends the run.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import secrets
import sys
from collections import deque
from functools import partial
from typing import Any

import uvloop

from bench import cpu
from bench.client import Answer, Client
from bench.measure import Once, Window, repeat


class Load:
    """One job: the plan, its clients, and the complaints opened so far as (id, ETag)."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        # Every body is made beforehand: the generator must stay cheap.
        texts = itertools.cycle(plan["texts"])
        self._opens = itertools.cycle(
            [
                json.dumps({"customer": {"id": customer}, "text": text, **plan["open_body"]}, ensure_ascii=False).encode()
                for customer, text in zip(plan["customers"], texts, strict=False)
            ]
        )
        self._steps = [json.dumps(s, ensure_ascii=False).encode() for s in plan["steps"]]
        self._run = secrets.token_hex(6)
        self._keys = itertools.count()
        self._stock: deque[tuple[str, str]] = deque()

    def client(self) -> Client:
        return Client(self._plan["port"], self._plan["headers"])

    def _key(self) -> str:
        return f"Idempotency-Key: {self._run}-{next(self._keys)}\r\n"

    async def open_one(self, client: Client) -> bool:
        answer = await client.request("POST", "/v1/complaints", next(self._opens), headers=self._key())
        _check(answer)
        identifier = answer.headers[b"location"].rsplit(b"/", 1)[1].decode()
        self._stock.append((identifier, _etag(answer)))
        return True

    def take(self) -> tuple[str, str] | None:
        return self._stock.popleft() if self._stock else None

    async def step(self, client: Client, identifier: str, etag: str, number: int) -> str | None:
        """Sends step `number`; the new ETag, or None after the last step."""
        answer = await client.request(
            "POST",
            f"/v1/complaints/{identifier}/transitions",
            self._steps[number],
            headers=f"{self._key()}If-Match: {etag}\r\n",
        )
        _check(answer)
        return _etag(answer) if number + 1 < len(self._steps) else None


class Walker:
    """Moves one complaint after the other, one step at each call."""

    def __init__(self, load: Load, client: Client) -> None:
        self._load = load
        self._client = client
        self._at: tuple[str, str, int] | None = None

    async def once(self) -> bool:
        if self._at is None:
            taken = self._load.take()
            if taken is None:
                return False
            self._at = (*taken, 0)
        identifier, etag, number = self._at
        following = await self._load.step(self._client, identifier, etag, number)
        self._at = (identifier, following, number + 1) if following else None
        return True


def _check(answer: Answer) -> None:
    if not 200 <= answer.status < 300:
        raise RuntimeError(f"status {answer.status}: {answer.body[:600].decode(errors='replace')}")


def _etag(answer: Answer) -> str:
    return answer.headers[b"etag"].decode()


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """`job` is {plan, clients, warmup, seconds, session of the server}; both phases one after the other."""
    load = Load(job["plan"])
    clients = [load.client() for _ in range(job["clients"])]
    phases: dict[str, Any] = {}
    gc.disable()  # a pause of the generator would be booked on the server
    for name in ("open", "transition"):
        window = Window(job["warmup"], job["seconds"])
        before = cpu.seconds(job["session"])
        window.open()
        async with asyncio.TaskGroup() as group:
            for client in clients:
                once: Once = partial(load.open_one, client) if name == "open" else Walker(load, client).once
                group.create_task(repeat(window, once))
        phases[name] = window.report(cpu.used(before, cpu.seconds(job["session"])))
    for client in clients:
        client.close()
    return phases


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run(json.load(sys.stdin)))))
