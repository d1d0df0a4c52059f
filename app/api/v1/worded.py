"""Sealed words in lists: opened in one SELECT for a page, “[erased]” where a customer's key was destroyed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.sealed import open_texts, references, resolve
from app.api.v1.deps import Call
from app.texts import say

Texts = Mapping[str, str | None]


async def opened(call: Call, conn: AsyncConnection, rows: Sequence[Mapping[str, Any]], *names: str) -> Texts:
    """The texts that columns `names` of the rows refer to."""
    return await open_texts(conn, call.desk.vault, references([[row[name] for name in names] for row in rows]))


def shown(call: Call, row: Mapping[str, Any], texts: Texts, *names: str) -> dict[str, Any]:
    """Columns `names` of a row with their words."""
    erased = say(call.lang, "access.erased")
    return {name: resolve(row[name], texts, erased) for name in names}
