"""Comparator (b): the same work by the driver alone, without HTTP, validation or SQLAlchemy.

asyncpg with as many connections as clients, or sqlite3 with a thread for each client.
`python -m bench.driver CLIENTS WARMUP SECONDS`, database in BENCH_DATABASE_URL; prints the same
JSON as `bench.load`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sqlite3
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from sqlalchemy import make_url

from bench import rows, store
from bench.measure import Once, Window, now, repeat
from bench.work import STEPS, TEXTS, customer_ids

_TEXTS = itertools.cycle(TEXTS)


class Asyncpg:
    """One connection; statements are prepared once."""

    def __init__(self, connection: asyncpg.Connection, customers: Iterator[str]) -> None:
        self._connection = connection
        self._customers = customers

    @classmethod
    async def connect(cls, dsn: str, customers: Iterator[str]) -> Asyncpg:
        return cls(await asyncpg.connect(dsn), customers)

    async def _fetch(self, sql: tuple[str, tuple[str, ...]], row: dict[str, Any]) -> Any:
        found = await self._connection.fetchrow(sql[0], *(row[name] for name in sql[1]))
        if found is None:
            raise RuntimeError("the row was not there or its version had moved")
        return found

    async def open(self) -> UUID:
        customer = await self._fetch(_READ_CUSTOMER, {"customer_id": UUID(next(self._customers))})
        row = rows.opening(customer["id"], "phone", 2, next(_TEXTS))
        await self._fetch(_OPEN, row)
        identifier: UUID = row["id"]
        return identifier

    async def move(self, identifier: UUID, number: int) -> None:
        found = await self._fetch(_READ_COMPLAINT, {"id": identifier})
        step = STEPS[number]
        row = rows.moving(identifier, found["state"], found["version"], step.transition, step.data)
        await self._fetch(_MOVE, row)


_READ_CUSTOMER = store.numbered(store.READ_CUSTOMER)
_READ_COMPLAINT = store.numbered(store.READ_COMPLAINT)
_OPEN = store.numbered(store.OPEN_POSTGRESQL)
_MOVE = store.numbered(store.MOVE_POSTGRESQL)


async def postgresql(url: str, clients: int, warmup: float, seconds: float) -> dict[str, Any]:
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    customers = itertools.cycle(customer_ids())
    connections = [await Asyncpg.connect(dsn, customers) for _ in range(clients)]
    stock: deque[UUID] = deque()
    answers: dict[str, Any] = {}

    def opener(one: Asyncpg) -> Once:
        async def once() -> bool:
            stock.append(await one.open())
            return True

        return once

    def mover(one: Asyncpg) -> Once:
        todo: Iterator[tuple[UUID, int]] = iter(())

        async def once() -> bool:
            nonlocal todo
            following = next(todo, None)
            if following is None:
                if not stock:
                    return False
                todo = zip(itertools.repeat(stock.popleft()), range(len(STEPS)))
                following = next(todo)
            await one.move(*following)
            return True

        return once

    for name, phase in (("open", opener), ("transition", mover)):
        window = Window(warmup, seconds)
        window.open()
        before = time.process_time()
        async with asyncio.TaskGroup() as group:
            for one in connections:
                group.create_task(repeat(window, phase(one)))
        answers[name] = window.report(time.process_time() - before)
    return answers


class Sqlite:
    """One connection of one thread; all threads share one lock before BEGIN IMMEDIATE."""

    writer = threading.Lock()

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        for pragma in store.SQLITE_PRAGMAS:
            self._connection.execute(pragma)

    def _write(self, statements: tuple[str, ...], row: dict[str, Any]) -> None:
        with self.writer:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement in statements:
                if self._connection.execute(statement, row).rowcount != 1:
                    raise RuntimeError("the version had moved")
            self._connection.execute("COMMIT")

    def open(self, customer_id: str) -> str:
        customer = self._connection.execute(store.READ_CUSTOMER, {"customer_id": customer_id}).fetchone()
        row = rows.for_database(rows.opening(customer["id"], "phone", 2, next(_TEXTS)), "sqlite")
        self._write(store.OPEN_SQLITE, row)
        return str(row["id"])

    def move(self, identifier: str, number: int) -> None:
        found = self._connection.execute(store.READ_COMPLAINT, {"id": identifier}).fetchone()
        step = STEPS[number]
        row = rows.moving(identifier, found["state"], found["version"], step.transition, step.data)
        self._write(store.MOVE_SQLITE, rows.for_database(row, "sqlite"))


def sqlite(url: str, clients: int, warmup: float, seconds: float) -> dict[str, Any]:
    path = make_url(url).database or ""
    customers = itertools.cycle(customer_ids())
    connections = [Sqlite(path) for _ in range(clients)]
    stock: deque[str] = deque()
    answers: dict[str, Any] = {}
    counting = threading.Lock()

    def opening(one: Sqlite, window: Window) -> None:
        while window.going():
            started = now()
            stock.append(one.open(next(customers)))
            with counting:
                window.add(started, now())

    def moving(one: Sqlite, window: Window) -> None:
        while True:
            try:
                identifier = stock.popleft()
            except IndexError:
                window.close()
                return
            for number in range(len(STEPS)):
                if not window.going():
                    return
                started = now()
                one.move(identifier, number)
                with counting:
                    window.add(started, now())

    for name, phase in (("open", opening), ("transition", moving)):
        window = Window(warmup, seconds)
        window.open()
        before = time.process_time()
        with ThreadPoolExecutor(clients) as pool:
            for done in [pool.submit(phase, one, window) for one in connections]:
                done.result()
        answers[name] = window.report(time.process_time() - before)
    return answers


if __name__ == "__main__":
    database = os.environ["BENCH_DATABASE_URL"]
    count, *times = sys.argv[1:]
    if make_url(database).get_backend_name() == "sqlite":
        result = sqlite(database, int(count), *map(float, times))
    else:
        result = uvloop.run(postgresql(database, int(count), *map(float, times)))
    print(json.dumps(result))
