"""Around every request: its id, the security headers, the log line and the counters. Pure ASGI; nothing personal is logged."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.runtime import Metrics

log = structlog.get_logger()
_SANE: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_NOSNIFF: Final = (b"x-content-type-options", b"nosniff")
_NO_STORE: Final = (b"cache-control", b"no-store")
_NO_FRAME: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NO_REFERRER: Final = (b"referrer-policy", b"no-referrer")
UNMATCHED: Final = "unmatched"


class Frame:
    """Names each request (X-Request-Id, taken over when it is sane), guards its answer by headers, counts and logs it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics
        self._known: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["amends.request_id"] = request_id
        own = [(b"x-request-id", request_id.encode()), _NOSNIFF, _NO_REFERRER]
        if scope["path"].startswith("/v1"):
            own += [_NO_STORE, _NO_FRAME]
        started = time.perf_counter()
        status = 0

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *own]
            await send(message)

        try:
            await self.app(scope, receive, framed)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Count and log. The route is the template, never the path: a path may name a person."""
        route, method = scope.get("amends.route", UNMATCHED), _method(scope["method"])
        key = (method, route, status)
        known = self._known.get(key)
        if known is None:
            metrics = self.metrics
            known = (metrics.requests.labels(method, route, str(status)), metrics.latency.labels(method, route))
            self._known[key] = known
        known[0].inc()
        known[1].observe(seconds)
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=scope["amends.request_id"],
            actor=str(scope.get("amends.actor", "")) or None,
        )


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE.fullmatch(value):
            found: bytes = value
            return found.decode()
    return uuid.uuid4().hex


def _method(method: str) -> str:
    """The method, if it is one: a label of a metric must not grow with what callers send."""
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "OTHER"
