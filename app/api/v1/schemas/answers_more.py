"""What comes out about customers, things added, workflows, imports, the audit and the service itself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.v1.schemas.answers import ComplaintBrief, Cursor, CustomerBrief, Event, Out, ReasonOut


class Customer(CustomerBrief):
    """A customer, masked, with consents and the CRM's plain attributes."""

    version: int
    consents: Annotated[
        dict[str, str],
        Field(description="“purpose.channel” → granted, denied or withdrawn; absent means unknown, and counts as no."),
    ]
    attributes: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Contact(Out):
    """A touch by any channel."""

    id: UUID
    direction: str
    channel: str
    outcome: str
    verification: int
    relation: str
    emotion_start: int | None
    emotion_end: int | None
    by: str
    at: datetime


class Added(Out):
    """What was added, and the complaint after it."""

    complaint: ComplaintBrief
    events: list[Event]


class ContactAdded(Added):
    """The contact, and the complaint after it."""

    item: Contact


class WorkflowInfo(Out):
    """A published version."""

    name: str
    version: int
    current: bool
    sha256: str
    published_by: str
    published_at: datetime


class WorkflowList(Out):
    """Published workflows or versions."""

    items: list[WorkflowInfo]


class WorkflowVersion(WorkflowInfo):
    """A published version with its text as JSON."""

    definition: dict[str, Any]


class Validation(Out):
    """Whether a workflow can be published; each problem has its place as file:line:column."""

    valid: bool
    problems: list[PlacedProblem]


class PlacedProblem(Out):
    """One thing that is wrong with a workflow."""

    code: str
    line: int
    column: int
    message: str
    nearest: str | None


class Published(WorkflowInfo):
    """A version after publishing; `changed` false: this text was the current version already."""

    changed: bool


class Migration(Out):
    """What a migration would do or has done."""

    preview: bool
    counts: Annotated[dict[str, int], Field(description="Complaints by the stage in which they stand.")]
    targets: Annotated[dict[str, str], Field(description="Where each of these stages leads.")]
    problems: list[ReasonOut]
    moved: int


class Reference(Out):
    """A published definition with its text as JSON."""

    name: str
    version: int
    published_at: datetime
    definition: dict[str, Any]


class AuditPage(Out):
    """A page of events, newest first."""

    items: list[Event]
    next_cursor: Cursor


class Me(Out):
    """Who calls."""

    id: UUID
    name: str
    display: str
    roles: list[str]
    role_titles: list[str]
    team: str | None


class Check(Out):
    """One check of readiness."""

    name: str
    ok: bool
    detail: str | None


class Health(Out):
    """Whether requests can be served."""

    status: Literal["ok", "not_ready"]
    checks: list[Check]


class Live(Out):
    """The process answers."""

    status: Literal["ok"]


Validation.model_rebuild()
