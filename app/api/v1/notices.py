"""Notices to people inside the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.answers import Answer
from app.access.vault import DataKey
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, ok
from app.api.v1.schemas.notices import Notice, NoticePage, NoticesQuery
from app.desk.once import once
from app.errors import NotFound
from app.people.notices import mark_read, notices_of
from app.texts import Lang, say

notices = Operations("people")


@notices.get(
    "/v1/notices",
    {200: Gives("A page of notices.", NoticePage, leads_to={"read_notice": {"id": "$response.body#/items/0/id"}})},
    query=NoticesQuery,
)
async def list_notices(call: Call, query: NoticesQuery) -> Sent:
    """See what you have to know, the newest first: told to you, to your team, or to a role that you hold."""
    async with call.desk.runtime.db.read() as conn:
        rows = await notices_of(conn, call.actor, unread=query.unread, before=query.cursor, limit=query.limit + 1)
    shown = rows[: query.limit]
    cursor = shown[-1]["id"] if len(rows) > query.limit else None
    return ok({"items": [_shown(row, call.lang) for row in shown], "next_cursor": cursor})


@notices.post("/v1/notices/{id:uuid}/read", {200: Gives("The notice.", Notice)})
async def read_notice(call: Call) -> Sent:
    """Mark a notice as read, for all to whom it was told; it keeps its first reader."""

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        row = await mark_read(conn, call.actor, call.path["id"], call.desk.runtime.clock.now())
        if row is None:
            raise NotFound(what="notice")
        return Answer(200, {}, dumps(_shown(row, call.lang))), None

    return await once(call.desk, call.same, work)


def _shown(row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    # What has a name in both languages, such as a clock, stands in the data as {zh, en}.
    data = {name: value[lang] if isinstance(value, dict) and lang in value else value for name, value in row["data"].items()}
    words = say(lang, f"notices.{row['kind']}", **data)
    return {"words": words, **{name: row[name] for name in ("id", "kind", "complaint_id", "data", "at", "read_at")}}
