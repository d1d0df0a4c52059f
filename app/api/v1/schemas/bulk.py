"""Bulk work: what is asked, how it stands, what became of each complaint."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from app.api.v1.schemas.answers import Cursor, Out
from app.api.v1.schemas.fields import Body, Id, Label, Tags, Words, custom, distinct
from app.api.v1.schemas.queries import FilterQuery, Flag, Limit, Query
from app.api.v1.schemas.steps import Step
from app.desk.bulk_orders import MAX_IDS
from app.desk.transition import MAX_STEPS


class TransitionCommand(Body):
    """Steps of the workflow, in order: all of them or none, for each complaint."""

    kind: Literal["transition"]
    steps: Annotated[list[Step], Field(min_length=1, max_length=MAX_STEPS)]


class AssignmentCommand(Body):
    """Who works on it; what is left out stays, null clears."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": [n]} for n in ("owner", "assignee", "team")]})
    kind: Literal["assignment"]
    owner: Id | None = None
    assignee: Id | None = None
    team: Label | None = None
    reason: Words | None = None

    @model_validator(mode="after")
    def _somebody(self) -> AssignmentCommand:
        if not self.model_fields_set & {"owner", "assignee", "team"}:
            raise custom("nothing_to_assign")
        return self


class TagsCommand(Body):
    """Tags to add and to take away."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [n], "properties": {n: {"minItems": 1}}} for n in ("add", "remove")]}
    )
    kind: Literal["tags"]
    add: Tags = Field(default_factory=list)
    remove: Tags = Field(default_factory=list)

    @model_validator(mode="after")
    def _something(self) -> TagsCommand:
        if not self.add and not self.remove:
            raise custom("nothing_to_change")
        return self


class IncidentCommand(Body):
    """Join an incident."""

    kind: Literal["incident"]
    incident: Id


class IncidentCheckCommand(Body):
    """Note that the customers were asked whether it is over; `send`: ask them by message."""

    kind: Literal["incident_check"]
    check: Literal["asked"] = "asked"
    send: bool = False


KINDS = ("transition", "assignment", "tags", "incident", "incident_check")


def _kind(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else None
    return f"<{kind}>" if kind in KINDS else None


Command = Annotated[
    Annotated[TransitionCommand, Tag("<transition>")]
    | Annotated[AssignmentCommand, Tag("<assignment>")]
    | Annotated[TagsCommand, Tag("<tags>")]
    | Annotated[IncidentCommand, Tag("<incident>")]
    | Annotated[IncidentCheckCommand, Tag("<incident_check>")],
    Discriminator(
        _kind,
        custom_error_type="command_kind",
        custom_error_message="command_kind",
        custom_error_context={"known": ", ".join(KINDS)},
    ),
]


class BulkOrderBody(Body):
    """One command, for complaints named one by one or for all that a filter admits."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["ids"]}, {"required": ["filter"]}]})
    command: Command
    ids: Annotated[list[Id], *distinct(MAX_IDS, 1)] = Field(default_factory=list)
    filter: FilterQuery = Field(default_factory=FilterQuery)

    @model_validator(mode="after")
    def _either(self) -> BulkOrderBody:
        if len(self.model_fields_set & {"ids", "filter"}) != 1:
            raise custom("bulk_either")
        return self


class Counts(Out):
    """Complaints by what became of them."""

    total: int
    waiting: int
    done: int
    refused: int


class WhyRefused(Out):
    """A reason for which complaints would be, or were, refused."""

    code: str
    message: str
    count: int
    example: Annotated[str, Field(description="Number of one of them.")]


class BulkItem(Out):
    """A complaint of bulk work. `code`: before it is done why it would be refused, after it why it was."""

    id: UUID
    complaint_id: UUID
    number: str
    status: Literal["waiting", "done", "refused"]
    code: str | None
    message: str | None
    state: Annotated[str | None, Field(description="After it was done.")]
    version: int | None
    ended_at: datetime | None


class BulkRow(Out):
    """Bulk work: matching → previewed → running → done; stopping → stopped."""

    id: UUID
    kind: str
    status: Literal["matching", "previewed", "running", "stopping", "stopped", "done"]
    by: str
    created_at: datetime
    matched_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    why_stopped: str | None


class BulkState(BulkRow):
    """How bulk work stands, with what its preview found."""

    counts: Counts
    refused: list[WhyRefused]
    sample: list[BulkItem]


class BulkPage(Out):
    """A page of bulk work, the newest first."""

    items: list[BulkRow]
    next_cursor: Cursor


class BulkResults(Out):
    """A page of results, in the order in which the complaints are taken."""

    items: list[BulkItem]
    next_cursor: Cursor


class BulkListQuery(Query):
    """A page of bulk work."""

    cursor: Annotated[Id, Field(description="`next_cursor` of the page before.")] | None = None
    limit: Limit = 50


class BulkResultsQuery(BulkListQuery):
    """A page of results."""

    limit: Limit = 200


class BulkFileQuery(Query):
    """The results as a file."""

    format: Literal["csv", "xlsx", "jsonl"] = "csv"
    bom: Annotated[Flag, Field(description="Mark a CSV as UTF-8, without which spreadsheets misread it.")] = True
