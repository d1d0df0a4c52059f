"""JSON text as both databases take it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson


def dumps(value: Any) -> str:
    """JSON text with ISO times, and bytes in PostgreSQL's hexadecimal form."""
    return orjson.dumps(value, default=_others).decode()


def _others(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, UUID):  # asyncpg's own subclass, which orjson does not take for a UUID
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
