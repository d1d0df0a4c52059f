"""Good cases and likeness: what comes in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.v1.schemas.answers import Cursor, Out
from app.api.v1.schemas.fields import Body, Id, Line, Tag, Tags, Words
from app.api.v1.schemas.queries import Limit, Query


class ModelBody(Body):
    """The lesson of a closed complaint, written anew. What names a person is refused, or masked on demand."""

    title: Line
    done: Annotated[Words, Field(description="What was done.")]
    why: Annotated[Words, Field(description="Why it worked.")]
    situation: Annotated[Words, Field(description="What the customer met with.")] | None = None
    tags: Annotated[Tags, Field(description="Those of the complaint by default.")] = Field(default_factory=list)
    mask: Annotated[bool, Field(description="Put a mark in the place of what names a person, instead of refusing it.")] = False
    preview: Annotated[bool, Field(description="Only show what would be kept.")] = False


class UnmarkBody(Body):
    """Why it is no model any more."""

    why: Line | None = None


class ModelPreview(Out):
    """The words as they would be kept, and what was found in each field."""

    title: str
    situation: str | None
    done: str
    why: str
    found: Annotated[dict[str, list[str]], Field(description="Field → kinds of personal data: phone, name, address …")]


class GoodCase(Out):
    """A good case: its lesson names nobody."""

    id: UUID
    complaint_id: UUID
    tags: list[str]
    title: str
    situation: str | None
    done: str
    why: str
    by: str
    at: datetime
    ended_at: datetime | None


class CasesQuery(Query):
    """Which good cases."""

    tag: Tag | None = None
    q: Annotated[Line, Field(description="Words of the lesson.")] | None = None
    cursor: Id | None = None
    limit: Limit = 50


class GoodCasePage(Out):
    """A page of the case library, the newest first."""

    items: list[GoodCase]
    next_cursor: Cursor


class Alike(Out):
    """How alike, and why."""

    score: Annotated[float, Field(ge=0, le=1, description="0: nothing in common … 1.")]
    shared_words: Annotated[list[str], Field(description="Pieces of the present complaint's own words that the other has too.")]
    shared_tags: list[str]


class AlikeCase(Alike):
    """A good case that is like the complaint."""

    item: GoodCase


class AlikeComplaint(Alike):
    """A closed complaint that is like this one, by its number."""

    number: str
    tags: list[str]
    cause: str | None
    closed_at: datetime | None
    closed_as: str | None


class SimilarOut(Out):
    """What is like the complaint, the most alike first."""

    models: list[AlikeCase]
    complaints: list[AlikeComplaint]
