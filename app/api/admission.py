"""How many requests are worked on at once: no more than there are connections; the rest wait a little, then hear 503."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.v1.door import path_of, send_answer
from app.api.v1.language import language_of
from app.api.v1.problems import problem
from app.desk.desk import Desk
from app.errors import Busy, Reason

WAIT: Final = 2.0
"""Seconds that a request waits to be admitted."""
LIMIT: Final = 30.0
"""Seconds that a request may take, but for those of LONG."""
FREE: Final = ("/health", "/metrics", "/docs", "/openapi.json")
"""Answered even when all places are taken: whoever watches the service must see that it is busy."""
LONG: Final = re.compile(r"POST /v1/imports/.*|(GET|HEAD) /v1/exports/.*|POST /v1/workflows/.*:migrate")
"""What may take minutes has places of its own, so that it never stands in the way of those who are on the telephone."""
LONG_PLACES: Final = 2


class Admission:
    """Admits `settings.admit` requests at once."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app, self.desk = app, desk
        self.long_places = asyncio.Semaphore(LONG_PLACES)
        self.places = asyncio.Semaphore(desk.runtime.settings.admit)
        self.waiting = desk.runtime.metrics.waiting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on once there is a place for it."""
        if scope["type"] != "http" or scope["path"].startswith(FREE):
            await self.app(scope, receive, send)
            return
        if LONG.fullmatch(f"{scope['method']} {scope['path']}"):
            await self._long(scope, receive, send)
            return
        if self.places.locked():
            if not await self._wait():
                await self._busy(scope, send, Reason("all_places_taken"))
                return
        else:
            await self.places.acquire()
        try:
            await self._within_limit(scope, receive, send)
        finally:
            self.places.release()

    async def _long(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.long_places.locked():
            await self._busy(scope, send, Reason("import_places_taken"))
            return
        async with self.long_places:
            await self.app(scope, receive, send)

    async def _wait(self) -> bool:
        self.waiting.inc()
        try:
            async with asyncio.timeout(WAIT):
                await self.places.acquire()
        except TimeoutError:
            return False
        finally:
            self.waiting.dec()
        return True

    async def _within_limit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A time limit that strikes lets a write that is under way end (see `complaints.write`), then says how to find out."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            async with asyncio.timeout(LIMIT):
                await self.app(scope, receive, watched)
        except TimeoutError:
            if started:
                raise
            key = dict(scope["headers"]).get(b"idempotency-key")
            reason = (
                Reason("took_too_long", "Idempotency-Key", {"key": key[:255].decode("latin-1")})
                if key
                else Reason("took_too_long_no_key")
            )
            await self._busy(scope, send, reason)

    async def _busy(self, scope: Scope, send: Send, reason: Reason) -> None:
        lang = language_of(dict(scope["headers"]).get(b"accept-language"), self.desk.runtime.settings.language)
        await send_answer(send, problem(Busy(reason), lang, scope["amends.request_id"], path_of(scope)))
