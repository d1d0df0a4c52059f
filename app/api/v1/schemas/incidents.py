"""Incidents: what comes in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, with_config
from typing_extensions import TypedDict

from app.api.v1.schemas.answers import Cursor, Out
from app.api.v1.schemas.fields import Body, Id, Instant, Label, Line, Tag, Words, custom, distinct
from app.api.v1.schemas.queries import Limit, Query
from app.api.v1.schemas.steps import Step
from app.desk.transition import MAX_STEPS

Status = Literal["open", "repaired", "closed"]


class TitleWords(Body):
    """A line in both languages."""

    zh: Line
    en: Line


class AnswerWords(Body):
    """What everybody tells the customers, in both languages. No personal data."""

    zh: Words
    en: Words


class TwoWords(Out):
    """Words in both languages."""

    zh: str
    en: str


Places = Annotated[list[Label], *distinct(100)]


class IncidentBody(Body):
    """An incident as it is opened."""

    title: TitleWords
    answer: AnswerWords
    cause: Tag
    areas: Annotated[Places, Field(description="None: everywhere.")] = Field(default_factory=list)
    products: Places = Field(default_factory=list)
    began_at: Instant
    repair_at: Annotated[Instant, Field(description="When it is expected to be repaired; in the future.")] | None = None


@with_config(ConfigDict(strict=True, extra="forbid", json_schema_extra={"minProperties": 1}))
class IncidentChange(TypedDict, total=False):
    """What may be changed of an incident; at least one field."""

    title: TitleWords
    answer: AnswerWords
    cause: Tag
    areas: Places
    products: Places
    repair_at: Instant | None


def _something(value: IncidentChange) -> IncidentChange:
    if not value:
        raise custom("nothing_to_change")
    return value


IncidentChangeBody = Annotated[IncidentChange, AfterValidator(_something)]


class IncidentMoveBody(Body):
    """Where an incident goes: repaired, open again, closed."""

    status: Status


class IncidentJoinBody(Body):
    """The incident that a complaint is joined to; null takes it out."""

    incident: Id | None


class IncidentCheckBody(Body):
    """Whether the customer was asked if it is over, and what he said; `send`: ask him by message."""

    check: Literal["asked", "confirmed", "still_wrong"]
    send: bool = False


class IncidentClosingBody(Body):
    """The steps that close each complaint whose customer has said yes."""

    steps: Annotated[list[Step], Field(min_length=1, max_length=MAX_STEPS)]


class IncidentsQuery(Query):
    """A page of incidents."""

    status: Status | None = None
    cursor: Annotated[Id, Field(description="`next_cursor` of the page before.")] | None = None
    limit: Limit = 50


class IncidentRow(Out):
    """An incident."""

    id: UUID
    title: TwoWords
    answer: TwoWords
    cause: str
    areas: list[str]
    products: list[str]
    began_at: datetime
    repair_at: datetime | None
    status: Status
    version: Annotated[int, Field(description="Also in ETag; send it back as If-Match.")]
    by: str
    created_at: datetime
    updated_at: datetime
    repaired_at: datetime | None
    closed_at: datetime | None


class IncidentCounts(Out):
    """Its complaints: those that go on by what the customer said, and those at their end."""

    joined: int
    not_yet: int
    asked: int
    confirmed: int
    still_wrong: int
    ended: int


class Incident(IncidentRow):
    """An incident with how its complaints stand."""

    counts: IncidentCounts


class IncidentPage(Out):
    """A page of incidents, the newest first."""

    items: list[IncidentRow]
    next_cursor: Cursor
