"""Suggestions and confirmed causes: what comes in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.v1.schemas.answers import Cursor, Out
from app.api.v1.schemas.answers_more import Added
from app.api.v1.schemas.fields import Body, Id, Label, Tag, Words
from app.api.v1.schemas.queries import Flag, Limit, Query

Source = Literal["customer", "handler", "shop"]
Leaf = Annotated[Tag, Field(description="A leaf of the tag library.", examples=["charge.overage_data"])]


class SuggestionBody(Body):
    """What is suggested, and by whom."""

    source: Source
    words: Words
    tag: Tag | None = None
    product: Label | None = None


class HouseSuggestionBody(Body):
    """What a handler or a shop suggests apart from any complaint."""

    source: Literal["handler", "shop"]
    words: Words
    tag: Tag | None = None
    product: Label | None = None


class SuggestionAnswerBody(Body):
    """The answer, in words that may be told to the suggester."""

    words: Words


class SuggestionToldBody(Body):
    """How the suggester was told."""

    how: Annotated[Literal["phone", "sms", "email", "letter", "app", "shop", "in_person"], Field(examples=["phone"])]


class SuggestionsQuery(Query):
    """Which suggestions."""

    status: Literal["open", "answered", "told"] | None = None
    source: Source | None = None
    tag: Tag | None = None
    product: Label | None = None
    complaint: Id | None = None
    mine: Annotated[Flag, Field(description="Only those that I have to answer.")] = False
    cursor: Id | None = None
    limit: Limit = 50


class SuggestionBrief(Out):
    """A suggestion without its words."""

    id: UUID
    complaint_id: UUID | None
    source: Source
    tag: str | None
    product: str | None
    owner: Annotated[str | None, Field(description="Who answers it; null: whoever holds `owner_role`.")]
    owner_role: str | None
    status: Literal["open", "answered", "told"]
    by: str
    at: datetime
    due_at: datetime
    answered_by: str | None
    answered_at: datetime | None
    told_how: str | None
    told_by: str | None
    told_at: datetime | None


class Suggestion(SuggestionBrief):
    """A suggestion with its words; “[erased]” where the customer's key was destroyed."""

    words: str
    answer: str | None


class SuggestionAdded(Added):
    """The suggestion, and the complaint that it came with."""

    item: SuggestionBrief


class SuggestionPage(Out):
    """A page of suggestions, the newest first."""

    items: list[Suggestion]
    next_cursor: Cursor


class CauseBody(Body):
    """What the complaint was found to come from."""

    tag: Leaf
    evidence: Annotated[Words, Field(description="How it is known.")]
    product: Label | None = None
    place: Label | None = None


class CauseBrief(Out):
    """A confirmed cause."""

    id: UUID
    tag: str
    product: str | None
    place: str | None
    by: str
    at: datetime
    ended_at: Annotated[datetime | None, Field(description="When another cause was found instead.")]


class Cause(CauseBrief):
    """A confirmed cause with its evidence."""

    title: str
    evidence: str


class CauseAdded(Added):
    """The cause, and the complaint after it."""

    item: CauseBrief


class CauseList(Out):
    """What was found, the latest first."""

    items: list[Cause]
