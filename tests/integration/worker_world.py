"""A small house for the worker's tests: one short workflow with timers and messages, desks on one database, a picky receiver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table, select

from app.access.actor import Actor
from app.access.answers import Answer
from app.boot import build_desk
from app.catalogue.definitions import publish
from app.clock import FrozenClock
from app.db.engine import as_dict
from app.desk.desk import BY_SYSTEM, WORKFLOW, Desk, by_of
from app.desk.intake import Opening, open_complaint
from app.desk.outcome import Reply, Result
from app.desk.policy import POLICY
from app.desk.transition import transition
from app.desk.who import Caller
from app.settings import Settings
from app.workflow.machine import Command

WORKFLOWS = Path(__file__).parents[2] / "workflows"
NAME, PHONE, EXTERNAL = "欧阳静怡", "13912345678", "CRM-70001"
HANDLER = Actor(UUID("018f0000-0000-7000-8000-000000000001"), "li.na", "李娜", frozenset({"handler"}))
NUDGE = timedelta(minutes=30)
CLOSE = timedelta(days=2)

SMALL = """
workflow: small
title: {zh: 小流程, en: Small}
start: fresh
stages:
  fresh: {title: {zh: 新, en: Fresh}, kind: working, tmf: acknowledged}
  parked: {title: {zh: 搁置, en: Parked}, kind: waiting_customer, tmf: pending}
  shut: {title: {zh: 关闭, en: Shut}, kind: final, tmf: closed}
transitions:
  - name: nudge
    title: {zh: 提醒, en: Nudge}
    from: fresh
    to: same
    roles: [handler, system]
    effects:
      - count: {counter: vents}
      - send: {channel: sms, message: nudged}
  - name: park
    title: {zh: 搁置, en: Park}
    from: fresh
    to: parked
    roles: handler
  - name: resume
    title: {zh: 继续, en: Resume}
    from: parked
    to: fresh
    roles: handler
  - name: shut_it
    title: {zh: 关闭, en: Shut it}
    from: fresh
    to: shut
    roles: [handler, system]
    guards:
      - name: harmless
        expr: complaint.severity < 3
        refusal: {zh: 严重的投诉不能自动关闭。, en: A severe complaint is not closed by itself.}
timers:
  nudge_due:
    title: {zh: 半小时, en: Half an hour}
    in: fresh
    after: 30 minutes
    calendar: always
    trigger: nudge
  shut_due:
    title: {zh: 两天, en: Two days}
    in: fresh
    after: 2 days
    calendar: always
    trigger: shut_it
messages:
  nudged:
    zh: 尊敬的{name}，投诉 {number} 正在处理。
    en: "Dear {name}, we work on {number}."
"""


NO_CLOCKS = "title: {zh: 没有时限, en: No clocks}"


def settings(url: str, folder: Path, **more: Any) -> Settings:
    return Settings(database_url=url, var=folder / "var", workflows=WORKFLOWS, pool_size=4, **more)


@asynccontextmanager
async def desk_of(url: str, folder: Path, clock: FrozenClock, policy: str = NO_CLOCKS, **more: Any) -> AsyncIterator[Desk]:
    """A desk with connections of its own, as another process would have; the small workflow and `policy` are published."""
    desk = await build_desk(settings(url, folder, **more), clock)
    try:
        async with desk.runtime.db.write() as conn:
            await publish(conn, BY_SYSTEM, clock.now(), WORKFLOW, "small", SMALL)
            await publish(conn, BY_SYSTEM, clock.now(), POLICY, POLICY, policy)
        yield desk
    finally:
        await desk.runtime.db.close()


def _id(result: Result) -> Answer:
    return Answer(200, {}, orjson.dumps(str(result.complaint["id"])))


async def opened(desk: Desk, caller: Caller | None = None, **more: Any) -> UUID:
    """A new complaint of the small workflow; its id."""
    who = caller or Caller(external_id=EXTERNAL, name=NAME)
    answer, _ = await open_complaint(desk, HANDLER, by_of(HANDLER), Opening(who, "phone", "网太慢", "small", **more), Reply(_id))
    return UUID(orjson.loads(answer.body or b""))


async def step(desk: Desk, complaint_id: UUID, name: str) -> None:
    await transition(desk, HANDLER, by_of(HANDLER), complaint_id, [Command(name, {})], Reply(_id))


async def rows(desk: Desk, table: Table, **equal: Any) -> list[Mapping[str, Any]]:
    """Rows of `table` with these values, by primary key."""
    query = select(table).where(*(table.c[name] == value for name, value in equal.items())).order_by(*table.primary_key.columns)
    async with desk.runtime.db.read() as conn:
        return [as_dict(row) for row in await conn.execute(query)]


@dataclass
class Received:
    """One delivery as the receiver saw it."""

    headers: Mapping[str, str]
    raw: bytes
    body: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.body = orjson.loads(self.raw)


Answering = Callable[[Received], str | bytes | None]
OK = "HTTP/1.1 204 No Content\r\n\r\n"


def status(code: int, *headers: str) -> str:
    return "\r\n".join([f"HTTP/1.1 {code} Whatever", "content-length: 0", *headers, "", ""])


class Receiver:
    """A real HTTP server on the loopback; `answering` says what it answers, None: it hangs up."""

    def __init__(self) -> None:
        self.got: list[Received] = []
        self.answering: Answering = lambda _: OK
        self.url = ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                pairs = [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]
                headers = {name.lower(): value for name, value in pairs}
                one = Received(headers, await reader.readexactly(int(headers["content-length"])))
                self.got.append(one)
                answer = self.answering(one)
                if answer is None:
                    break
                writer.write(answer.encode() if isinstance(answer, str) else answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Receiver]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in?secret=hush"
        try:
            yield self
        finally:
            server.close()
