"""The contenders: how each is prepared, started, put under load and counted.

A contender is alone while it is measured: its server is started for each measurement and
stopped after it, so that nobody's idle connections or background jobs disturb another one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import make_url

from bench import rows, store
from bench.databases import ROOT, Server, count_rows
from bench.processes import Cores, Process, call, free_port, last_json, python_of
from bench.work import STEPS, Plan, customer_ids

DJANGO_THREADS = {"postgresql": 4, "sqlite": 1}
"""Threads of the one gunicorn worker (1 = a sync worker): the best of 1, 4, 8 and 16 for each
database. Two threads that want to write wait for SQLite's lock by sleeping, up to a second."""


@dataclass(slots=True)
class Contender:
    """`measure` answers what `bench.load` prints; `answered` is compared with the rows."""

    name: str
    label: str
    url: str
    count_sql: str
    measure: Callable[[int, float, float], dict[str, Any]]
    answered: int = 0
    before: int = field(init=False)

    def __post_init__(self) -> None:
        self.before = count_rows(self.url, self.count_sql)

    def run(self, clients: int, warmup: float, seconds: float) -> dict[str, Any]:
        result = self.measure(clients, warmup, seconds)
        self.answered += sum(phase["answers"] for phase in result.values())
        return result

    def check(self) -> None:
        """Raises RuntimeError unless every answer that was counted is a row, and no row more."""
        stored = count_rows(self.url, self.count_sql) - self.before
        if stored != self.answered:
            raise RuntimeError(f"{self.name}: {self.answered} answers, {stored} rows")


def load(plan: Plan, server: Process, clients: int, warmup: float, seconds: float, cores: Cores) -> dict[str, Any]:
    """One measurement by the load generator in its own process."""
    job = {"plan": plan.as_json(), "clients": clients, "warmup": warmup, "seconds": seconds, "session": server.pid}
    said = call([sys.executable, "-m", "bench.load"], given=json.dumps(job), cores=cores.load)
    answer: dict[str, Any] = last_json(said)
    return answer


def _served(
    name: str, command: Callable[[int], list[str]], url: str, cores: Cores, headers: dict[str, str]
) -> Callable[[int, float, float], dict[str, Any]]:
    def measure(clients: int, warmup: float, seconds: float) -> dict[str, Any]:
        port = free_port()
        server = Process(command(port), {"BENCH_DATABASE_URL": url}, cores.serve, name)
        try:
            server.wait_until_answering(port)
            plan = Plan(port, headers, customer_ids(), [step.body() for step in STEPS])
            return load(plan, server, clients, warmup, seconds, cores)
        finally:
            server.stop()

    return measure


def prepare_store(url: str) -> None:
    """Tables and customers of (a) and (b)."""
    if make_url(url).get_backend_name() == "sqlite":
        import sqlite3

        with sqlite3.connect(make_url(url).database or "") as connection:
            connection.executescript(";".join(store.ddl("sqlite")))
            connection.executemany(store.SEED, rows.seeds())
        return
    sql, names = store.numbered(store.SEED)

    async def postgresql() -> None:
        dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(dsn)
        for statement in store.ddl("postgresql"):
            await connection.execute(statement)
        await connection.executemany(sql, [[row[n] for n in names] for row in rows.seeds()])
        await connection.close()

    asyncio.run(postgresql())


def bare(databases: Server, cores: Cores) -> Contender:
    url = databases.create("bare")
    prepare_store(url)

    def command(port: int) -> list[str]:
        return [sys.executable, "-m", "bench.bare", str(port)]

    measure = _served("bare", command, url, cores, {})
    return Contender("bare", "(a) bare FastAPI", url, store.COUNT_EVENTS, measure)


def driver(databases: Server, cores: Cores) -> Contender:
    url = databases.create("driver")
    prepare_store(url)

    def measure(clients: int, warmup: float, seconds: float) -> dict[str, Any]:
        arguments = [str(clients), str(warmup), str(seconds)]
        said = call(
            [sys.executable, "-m", "bench.driver", *arguments],
            env={"BENCH_DATABASE_URL": url},
            cores=cores.serve,
        )
        answer: dict[str, Any] = last_json(said)
        return answer

    return Contender("driver", "(b) driver alone", url, store.COUNT_EVENTS, measure)


def django(databases: Server, cores: Cores) -> Contender:
    url = databases.create("django")
    python = python_of(ROOT / ".venv-bench")
    threads = DJANGO_THREADS[databases.dialect]
    token = call(
        [python, "-m", "bench.django_app.prepare"],
        env={"BENCH_DATABASE_URL": url},
        given="\n".join(customer_ids()),
    )

    def command(port: int) -> list[str]:
        gunicorn = [python, "-m", "gunicorn", "--workers", "1", "--bind", f"127.0.0.1:{port}"]
        if threads > 1:
            gunicorn += ["--worker-class", "gthread", "--threads", str(threads)]
        return [*gunicorn, "--log-level", "warning", "bench.django_app.wsgi"]

    headers = {"Authorization": f"Bearer {token.strip().splitlines()[-1]}"}
    measure = _served("django", command, url, cores, headers)
    return Contender("django", "(c) Django REST + fsm", url, "SELECT count(*) FROM tickets_history", measure)
