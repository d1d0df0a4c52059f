"""Notices: what comes in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.v1.schemas.answers import Cursor, Out
from app.api.v1.schemas.fields import Id
from app.api.v1.schemas.queries import Flag, Limit, Query


class NoticesQuery(Query):
    """A page of notices."""

    unread: Annotated[Flag, Field(description="Only those that nobody has read yet.")] = True
    cursor: Id | None = None
    limit: Limit = 50


class Notice(Out):
    """What somebody has to know."""

    id: UUID
    kind: str
    words: Annotated[str, Field(description="What it says, in the language of the request.")]
    complaint_id: UUID | None
    data: dict[str, Any]
    at: datetime
    read_at: datetime | None


class NoticePage(Out):
    """A page of notices, the newest first."""

    items: list[Notice]
    next_cursor: Cursor
