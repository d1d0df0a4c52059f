"""The product as its own processes: `amends serve` and `amends worker` on a port of their own, ended politely or not at all."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from app.access.tokens import create_token
from app.access.users import ensure_user
from app.clock import SystemClock
from app.db.engine import Database
from tests.proofs.started import Started

ROOT = Path(__file__).parents[2]
PATIENCE = 120  # seconds until a start counts as failed, on a machine that is busy with other tests


@dataclass
class Served:
    """A database at `url`, and the processes that serve it. Files (log, master key, outbox.jsonl) lie in `folder`."""

    url: str
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    program: Sequence[str] = ()  # another than `amends`
    running: dict[str, Started | subprocess.Popen[bytes]] = field(default_factory=dict)
    port: int = 0

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What all processes wrote to standard output and error, of all starts."""
        return self.folder / "processes.log"

    @property
    def var(self) -> Path:
        """AMENDS_VAR."""
        return self.folder / "var"

    def run(self, *command: str) -> Started | subprocess.Popen[bytes]:
        """Start `amends COMMAND` beside the test."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
        given = {f"AMENDS_{name.upper()}": value for name, value in self.settings.items()}
        own |= {
            "AMENDS_DATABASE_URL": self.url,
            "AMENDS_VAR": str(self.var),
            "AMENDS_WORKFLOWS": str(ROOT / "workflows"),
            "AMENDS_PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
            **given,
        }
        if not self.program:
            return Started(command, self.folder, own, self.log)
        with self.log.open("ab") as log:
            return subprocess.Popen([*self.program, *command], cwd=self.folder, env=own, stdout=log, stderr=log)

    async def start(self, *, worker: bool = False) -> None:
        """Serve until the port answers; raises with the log when it does not."""
        self.port = self.port or _free_port()
        self.running["serve"] = self.run("serve")
        if worker:
            self.running["worker"] = self.run("worker")
        until = time.monotonic() + PATIENCE
        async with httpx2.AsyncClient(base_url=self.address) as client:
            while True:
                try:
                    if (await client.get("/health/live")).status_code == 200:
                        return
                except httpx2.TransportError:
                    pass
                if self.running["serve"].poll() is not None or time.monotonic() > until:
                    raise AssertionError(f"the server did not start:\n{self.log.read_text('utf-8')[-4000:]}")
                await asyncio.sleep(0.02)

    def kill(self, *names: str) -> None:
        """SIGKILL, as the kernel or a power cut does it: all processes, or those named."""
        for name in names or tuple(self.running):
            process = self.running.pop(name)
            process.kill()
            process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait; what does not end is killed."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    async def token(self, name: str, *roles: str) -> str:
        """A token of user `name`, made if missing."""
        db, at = Database(self.url, 2), SystemClock().now()
        try:
            user = await ensure_user(db, name, list(roles), at=at)
            return (await create_token(db, user.id, at)).text
        finally:
            await db.close()

    @asynccontextmanager
    async def client(self, token: str, connections: int = 4, *, patient: bool = False) -> AsyncIterator[httpx2.AsyncClient]:
        """An HTTP client that shows `token`. `patient`: it asks again when all places were taken."""
        limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
        async with httpx2.AsyncClient(
            base_url=self.address,
            headers={"Authorization": f"Bearer {token}"},
            transport=(_Patient if patient else httpx2.AsyncHTTPTransport)(limits=limits),
            timeout=120,
        ) as made:
            yield made


class _Patient(httpx2.AsyncHTTPTransport):
    """Whoever waited 2 s for a place is sent away before anything was begun, and may come again."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        while True:
            answer = await super().handle_async_request(request)
            if answer.status_code != 503 or b"all_places_taken" not in await answer.aread():
                return answer
            await answer.aclose()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
