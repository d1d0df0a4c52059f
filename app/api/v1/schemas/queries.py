"""Query strings: every parameter checked, unknown ones refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from app.api.v1.schemas.answers import Kind
from app.api.v1.schemas.fields import CURSOR, NUMBER, ExternalId, Id, Instant, Label, Line, Name, Severity, Tag, custom, distinct
from app.audit.events import TYPES
from app.complaints.pages import MAX_LIMIT, Filters
from app.desk.desk import Desk
from app.desk.known_names import check_filters
from app.desk.pages import searched


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else value


def _flag(value: object) -> object:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _known_type(value: str) -> str:
    if value not in TYPES:
        raise custom("field_choice", known=", ".join(sorted(TYPES)))
    return value


Limit = Annotated[int, BeforeValidator(_number), Field(ge=1, le=MAX_LIMIT)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Cursor = Annotated[str, Field(max_length=300, pattern=CURSOR, description="`next_cursor` of the page before.")]


EventType = Annotated[str, AfterValidator(_known_type), WithJsonSchema({"type": "string", "enum": sorted(TYPES)})]


class Query(BaseModel):
    """A query string; everything in it is text at first."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class FilterQuery(Query):
    """Filters of complaints: all that are given must hold."""

    state: Annotated[list[Name], *distinct(20), Field(description="Stage; may be given several times.")] = Field(
        default_factory=list
    )
    kind: Kind | None = None
    final: Flag | None = None
    assignee: Id | None = None
    owner: Id | None = None
    team: Label | None = None
    tag: Tag | None = None
    customer: Id | None = None
    severity: Annotated[Severity, BeforeValidator(_number)] | None = None
    channel: Annotated[Name, Field(max_length=40)] | None = None
    number: Annotated[str, Field(pattern=NUMBER, description="The number that was told to the customer.")] | None = None
    external_ref: ExternalId | None = None
    due_before: Annotated[Instant, Field(description="The nearest deadline of its clocks is before this.")] | None = None
    opened_from: Instant | None = None
    opened_to: Annotated[Instant, Field(description="Not included.")] | None = None
    incident: Annotated[Id, Field(description="Joined to this incident.")] | None = None
    incident_check: Literal["not_yet", "asked", "confirmed", "still_wrong"] | None = None
    place: Annotated[Label, Field(description="Of a network complaint.")] | None = None
    repeat_of: Annotated[Id, Field(description="Repeats of this complaint.")] | None = None
    q: Annotated[Line, Field(description="Searches in every text of the complaint.")] | None = None


class ListQuery(FilterQuery):
    """A page of complaints."""

    sort: Literal["-opened_at", "opened_at", "due"] = "-opened_at"
    cursor: Cursor | None = None
    limit: Limit = 50


class AsOfQuery(Query):
    """When to look back to."""

    as_of: Annotated[Instant, Field(description="The record as it stood at this recorded time.")] | None = None


class EventsQuery(Query):
    """A page of a history."""

    cursor: Annotated[Id, Field(description="`next_cursor` of the page before.")] | None = None
    limit: Limit = 100


class HistoryQuery(Query):
    """A page of a customer's complaints."""

    cursor: Cursor | None = None
    limit: Limit = 50


class AuditQuery(Query):
    """Which events of the record."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_alias=True)

    actor: Annotated[Line, Field(description="Name of a user, or `system`.")] | None = None
    action: Annotated[EventType, Field(description="Type of the event.")] | None = None
    complaint: Id | None = None
    customer: Id | None = None
    from_: Annotated[Instant | None, Field(alias="from", description="Recorded at or after this.")] = None
    to: Annotated[Instant | None, Field(description="Recorded before this.")] = None
    request_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] | None = None
    cursor: Annotated[Id, Field(description="`next_cursor` of the page before.")] | None = None
    limit: Limit = 50


async def filters_of(desk: Desk, query: FilterQuery) -> Filters:
    """The filters as the record knows them. Raises Invalid for a stage or a channel that there never was."""
    names = FilterQuery.model_fields.keys() - {"state", "q"}
    values: dict[str, str | int | bool | UUID | datetime | None] = {name: getattr(query, name) for name in names}
    q = None if query.q is None else searched(desk, query.q)
    found = Filters(state=query.state or None, q=q, **values)  # type: ignore[arg-type]
    await check_filters(desk, found)
    return found
