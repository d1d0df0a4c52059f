"""The product as a contender: prepared and started by its own command line, used over its own HTTP contract."""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.api import Api
from bench.contenders import Contender, load
from bench.databases import VAR, Server
from bench.processes import Cores, Process, call, free_port
from bench.walk import find_steps
from bench.work import CUSTOMERS, STEPS, Plan

AMENDS = str(Path(sys.executable).with_name("amends"))
COUNT_EVENTS = "SELECT count(*) FROM event WHERE type IN ('opened', 'transitioned')"


class Product:
    """One installation: a database, a folder of its own for what it writes, its commands and servers."""

    def __init__(self, name: str, url: str, cores: Cores) -> None:
        self.name, self.url, self.cores = name, url, cores
        shutil.rmtree(VAR / name, ignore_errors=True)  # the keys of an earlier run belong to its database
        self.env = {
            "AMENDS_DATABASE_URL": url,
            "AMENDS_VAR": str(VAR / name),
            "AMENDS_HOST": "127.0.0.1",
            "AMENDS_POOL_SIZE": "32",  # as many as there are clients, as (a) has
            "AMENDS_ADMIT": "32",
            "AMENDS_LOG_LEVEL": "warning",
        }

    def amends(self, *arguments: str) -> str:
        """Runs one command; its standard output."""
        return call([AMENDS, *arguments], env=self.env)

    def token(self, role: str) -> str:
        return self.amends("user", "token", f"bench-{role}", "--role", role).strip().splitlines()[-1]

    def serve(self, port: int, workers: int = 1) -> Process:
        command = [AMENDS, "serve", *(["--workers", str(workers)] if workers > 1 else [])]
        return self._start(command, port, self.cores.serve_two if workers > 1 else self.cores.serve)

    def up(self, port: int) -> Process:
        """Web and worker in one process: how the embedded database is run."""
        return self._start([AMENDS, "up", "--no-demo"], port, self.cores.serve)

    def work(self) -> Process:
        """The background worker: seals events, fires timers, delivers the outbox. Not pinned, as the database is not."""
        return self._start([AMENDS, "worker"], 0, ())

    def _start(self, command: list[str], port: int, cores: Sequence[int]) -> Process:
        return Process(command, {**self.env, "AMENDS_PORT": str(port)}, cores, f"{self.name}-{command[1]}")


def prepare(product: Product) -> Plan:
    """Migrates, makes the customers and finds the steps. The plan still lacks the port."""
    product.amends("migrate")
    token = product.token("handler")
    port = free_port()
    server = product.serve(port)
    try:
        server.wait_until_answering(port)
        api, plan = Api(port, token), Plan(0, {"Authorization": f"Bearer {token}"}, [], [])
        for n in range(CUSTOMERS):
            who = {"external_id": f"bench-{n:05d}-{secrets.token_hex(2)}"}
            made, _ = api.post("/v1/complaints", {"customer": who, "text": plan.texts[n % len(plan.texts)], **plan.open_body})
            plan.customers.append(made["customer"]["id"])
        plan.steps.extend(
            find_steps(api, {"customer": {"id": plan.customers[0]}, "text": plan.texts[0], **plan.open_body}, len(STEPS))
        )
        return plan
    finally:
        server.stop()


def product(databases: Server, cores: Cores, workers: int = 1) -> Contender:
    name = "amends" if workers == 1 else "amends_two"
    installed = Product(name, databases.create(name), cores)
    plan = prepare(installed)

    def measure(clients: int, warmup: float, seconds: float) -> dict[str, Any]:
        port = free_port()
        embedded = databases.dialect == "sqlite"
        running = [installed.up(port) if embedded else installed.serve(port, workers)]
        try:
            running[0].wait_until_answering(port)
            if not embedded:
                running.append(installed.work())
            return load(Plan(port, plan.headers, plan.customers, plan.steps), running[0], clients, warmup, seconds, cores)
        finally:
            for process in reversed(running):
                process.stop()

    label = "**Amends**" if workers == 1 else f"Amends, two workers on {len(cores.serve_two) or 'free'} cores"
    return Contender(name, label, installed.url, COUNT_EVENTS, measure)


def two_workers(databases: Server, cores: Cores) -> Contender:
    return product(databases, cores, workers=2)
