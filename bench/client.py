"""A minimal keep-alive HTTP/1.1 client, so that the load generator is never the bottleneck.

It knows what these servers answer: a status line, headers, a body with Content-Length or in
chunks, and `Connection: close` from servers that do not keep connections (gunicorn's sync
workers), after which it connects anew, inside the measured time, as any client would have to.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


class _Wire(asyncio.Protocol):
    """One TCP connection with at most one request under way."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.waiting: asyncio.Future[Answer] | None = None
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(ConnectionError(f"the server hung up: {exc!r}"))

    def data_received(self, data: bytes) -> None:
        self._data = self._data + data if self._data else data
        answer = _parse(self._data)
        if answer is None:
            return
        self._data = b""
        if answer.headers.get(b"connection", b"").lower() == b"close" and self.transport:
            self.transport.close()
            self.transport = None
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(answer)


class Client:
    """One closed-loop client's connection to 127.0.0.1:`port`."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._port = port
        self._head = f"Host: 127.0.0.1:{port}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._wire = _Wire()

    async def request(self, method: str, path: str, body: bytes = b"", headers: str = "") -> Answer:
        """`headers` are complete lines, each ended by CRLF. Raises ConnectionError."""
        loop = asyncio.get_running_loop()
        if self._wire.transport is None or self._wire.transport.is_closing():
            _, self._wire = await loop.create_connection(_Wire, "127.0.0.1", self._port)
        wire = self._wire
        wire.waiting = loop.create_future()
        head = f"{method} {path} HTTP/1.1\r\n{self._head}{headers}"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        assert wire.transport is not None
        wire.transport.write(head.encode() + b"\r\n" + body)
        return await wire.waiting

    def close(self) -> None:
        if self._wire.transport is not None:
            self._wire.transport.close()


def _parse(data: bytes) -> Answer | None:
    """The answer when it is complete, else None."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        return None
    lines = head.split(b"\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    if headers.get(b"transfer-encoding") == b"chunked":
        whole = _unchunk(body)
        if whole is None:
            return None
        body = whole
    elif len(body) < int(headers.get(b"content-length", b"0")):
        return None
    return Answer(int(lines[0].split(b" ", 2)[1]), headers, body)


def _unchunk(data: bytes) -> bytes | None:
    """The joined chunks when the last one has come, else None."""
    parts: list[bytes] = []
    while True:
        size, separator, rest = data.partition(b"\r\n")
        if not separator:
            return None
        length = int(size.partition(b";")[0], 16)
        if len(rest) < length + 2:
            return None
        if length == 0:
            return b"".join(parts)
        parts.append(rest[:length])
        data = rest[length + 2 :]
