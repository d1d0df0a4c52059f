"""The API behind a real socket, in a thread with an event loop of its own: for programs that test it from outside."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from app.access.roles import ASSIGNABLE
from app.access.tokens import create_token
from app.access.users import ensure_user
from app.boot import build_desk, publish_all
from app.clock import SystemClock
from app.desk.desk import Desk
from app.main import create_app
from tests.e2e.api_world import settings


@dataclass(frozen=True)
class Served:
    """Where the server listens, and the token of a user with every role."""

    url: str
    token: str


@asynccontextmanager
async def _desk(url: str, folder: Path, **more: Any) -> AsyncIterator[tuple[Desk, str]]:
    desk = await build_desk(settings(url, folder, **more), SystemClock())
    try:
        await publish_all(desk)
        now = desk.runtime.clock.now()
        user = await ensure_user(desk.runtime.db, "everybody", sorted(ASSIGNABLE), at=now)
        yield desk, (await create_token(desk.runtime.db, user.id, now)).text
    finally:
        await desk.runtime.db.close()


@contextmanager
def served(url: str, folder: Path, **more: Any) -> Iterator[Served]:
    """A server on the database at `url` until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    ready = threading.Event()
    told: dict[str, Any] = {}

    async def serve() -> None:
        async with _desk(url, folder, **more) as (desk, token):
            config = uvicorn.Config(
                create_app(desk), http="httptools", ws="none", lifespan="off", access_log=False, log_config=None
            )
            told["server"], told["token"] = uvicorn.Server(config), token
            ready.set()
            await told["server"].serve(sockets=[listener])

    def run() -> None:
        try:
            asyncio.run(serve())
        finally:
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(60)
        assert "token" in told, "the server did not start"
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", told["token"])
    finally:
        if "server" in told:
            told["server"].should_exit = True
        thread.join(30)
        listener.close()
