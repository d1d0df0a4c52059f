"""How messages leave the house: the one table of carriers, each an object that is entered once and sends many times."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from app.outbox.signing import Signer, retry_after
from app.settings import Settings

TIMEOUT: Final = timedelta(seconds=15)
_AGAIN: Final = frozenset({408, 425, 429})
"""The refusals that say: not now. Every other 4xx says that this message is wrong, or that nobody takes it there."""
_LONG: Final = 65_536


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one try. `wait`: what the receiver asked for; `final`: there is no use in another."""

    error: str | None = None
    wait: timedelta | None = None
    final: bool = False


class Carrier(Protocol):
    """Sends messages. `personal`: it reaches the operator's own gateway, which may know whom it writes to."""

    personal: bool

    async def __aenter__(self) -> Self:
        """Open what it needs."""

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""

    async def send(self, message_id: str, body: bytes, at: datetime) -> Delivery:
        """Try once; every failure is an answer, none is raised."""


class Http:
    """POST to AMENDS_OUTBOX_URL: signed (Standard Webhooks), never redirected, answered within 15 s."""

    personal = True

    def __init__(self, settings: Settings) -> None:
        self._url = str(settings.outbox_url)
        self._signer = Signer(settings.outbox_secret)
        # A try must end before the lease does, or another worker would send the same once more.
        self._timeout = min(TIMEOUT.total_seconds(), settings.lease_seconds / 2)
        self._client: Any = None

    async def __aenter__(self) -> Self:
        """Nothing is opened before there is something to send."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def send(self, message_id: str, body: bytes, at: datetime) -> Delivery:
        """A 2xx is arrival; a 4xx would be one again, but for those that ask for patience; the rest is worth another try."""
        import httpx2

        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=self._timeout, follow_redirects=False)
        headers = {"content-type": "application/json", "user-agent": "amends", **self._signer.headers(message_id, body, at)}
        try:
            # The client's own limits are per read; a receiver that answers byte by byte is held to the whole.
            request = self._client.stream("POST", self._url, content=body, headers=headers)
            async with asyncio.timeout(self._timeout), request as answer:
                if int(answer.headers.get("content-length", _LONG)) < _LONG:
                    await answer.aread()  # then the connection serves the next message too
                return _judge(answer.status_code, answer.headers, at)
        except TimeoutError:
            return Delivery("no answer in time")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            return Delivery(type(error).__name__)  # its words may hold the address with its secrets


def _judge(status: int, headers: Mapping[str, str], at: datetime) -> Delivery:
    if 200 <= status < 300:
        return Delivery()
    wait = retry_after(headers.get("retry-after"), at)
    return Delivery(f"HTTP {status}", wait, final=400 <= status < 500 and status not in _AGAIN)


class File:
    """A line of JSON for each message in AMENDS_VAR/outbox.jsonl, synced to the disk: for trials and for pick-up by others."""

    personal = False

    def __init__(self, settings: Settings) -> None:
        self._path = settings.var / "outbox.jsonl"
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """The file is opened for each line, so that it may be moved away at any time."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing is held."""

    async def send(self, message_id: str, body: bytes, at: datetime) -> Delivery:  # noqa: ARG002 - the line carries its id
        """Append one line; it has arrived when it is on the disk."""
        async with self._turn:
            try:
                await asyncio.to_thread(append_line, self._path, body)
            except OSError as error:
                return Delivery(f"outbox.jsonl: {error.strerror}")
        return Delivery()


def append_line(path: Path, line: bytes) -> None:
    """Append `line` to `path` and sync. A line cut off by a crash before is closed first, so that it spoils no other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        whole = (b"\n" if torn else b"") + line + b"\n"
        if os.write(handle, whole) != len(whole):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)
    finally:
        os.close(handle)


CARRIERS: Mapping[str, Callable[[Settings], Carrier]] = {"http": Http, "file": File}


def carrier(settings: Settings) -> Carrier:
    """The carrier of these settings: `http` when there is a URL, else `file`. Raises OutboxSecretInvalid."""
    return CARRIERS["http" if settings.outbox_url else "file"](settings)
