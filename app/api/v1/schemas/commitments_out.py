"""Promises, work orders and consults: what comes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.v1.schemas.answers import Cursor, Out
from app.api.v1.schemas.answers_more import Added
from app.api.v1.schemas.commitments import OrderStatus, PromiseStatus

Word = Literal["result", "progress"]


class Promise(Out):
    """A dated promise. `kept_late`: kept after it was due; it counts as broken."""

    id: UUID
    complaint_id: UUID
    kind: str
    word: Word
    department: str | None
    owner_id: UUID | None
    team: str | None
    due_at: datetime
    status: PromiseStatus
    by: str
    made_at: datetime
    waived: Annotated[list[str] | None, Field(description="Reasons against it that a supervisor's word outweighed.")]
    remind_at: datetime | None
    reminded_at: datetime | None
    likely_at: Annotated[datetime | None, Field(description="Open by then, it is likely to be broken.")]
    broken_at: datetime | None
    ended_at: Annotated[datetime | None, Field(description="When it was kept (by `kept_at`, if that was told), broken, withdrawn.")]
    told_at: datetime | None
    told_channel: str | None


class Evidence(Out):
    """By what a promise's end is known."""

    kind: str
    words: str | None = None
    reference: str | None = None


class PromiseListed(Promise):
    """A promise with its words."""

    number: str
    likely_break: bool
    text: str | None
    evidence: Evidence | None


class PromisePage(Out):
    """A page of promises."""

    items: list[PromiseListed]
    next_cursor: Cursor


class WorkOrder(Out):
    """A request to a department."""

    id: UUID
    complaint_id: UUID
    department: str
    kind: str | None
    team: str | None
    blocking: bool
    status: OrderStatus
    by: str
    asker_id: UUID | None
    assignee_id: UUID | None
    created_at: datetime
    due_at: datetime | None
    assigned_at: datetime | None
    started_at: datetime | None
    returned_at: datetime | None
    fed_back_at: datetime | None
    told_at: datetime | None
    cancelled_at: datetime | None


class WorkOrderListed(WorkOrder):
    """A work order with its words and its clock."""

    number: str
    request: str
    question: Annotated[str | None, Field(description="What the department asked back.")]
    reply: Annotated[str | None, Field(description="What was replied to that.")]
    answer: str | None
    used: Annotated[int | None, Field(description="How much of its time is used, in per cent.")]


class WorkOrderPage(Out):
    """A page of work orders."""

    items: list[WorkOrderListed]
    next_cursor: Cursor


class Consult(Out):
    """A live question. `promised`: nobody answered in time; `promise_id` is what it turned into."""

    id: UUID
    complaint_id: UUID
    department: str
    team: str
    status: Literal["asked", "answered", "promised"]
    by: str
    asked_at: datetime
    due_at: datetime
    answered_by: str | None
    answered_at: datetime | None
    promise_id: UUID | None


class ConsultListed(Consult):
    """A consult with its words."""

    number: str
    question: str
    answer: str | None


class ConsultPage(Out):
    """A page of consults."""

    items: list[ConsultListed]
    next_cursor: Cursor


class PromiseAdded(Added):
    """The promise, and the complaint after it."""

    item: Promise


class WorkOrderAdded(Added):
    """The work order, and the complaint after it."""

    item: WorkOrder


class ConsultAdded(Added):
    """The consult, and the complaint after it."""

    item: Consult


class KeptCounts(Out):
    """How many of them ended how."""

    kept: int
    kept_late: int
    broken: int
    withdrawn: int
    open: int


class KeptGroup(Out):
    """The promises of one handler, team or department."""

    id: UUID | None
    name: str | None
    counts: KeptCounts
    rate: float | None
    rows: Annotated[str, Field(description="Address of the promises behind the counts; with &status=… of one of them.")]


class PromiseReport(Out):
    """How promises were kept."""

    definition: Annotated[str, Field(description="What is counted, in words.")]
    by: Literal["handler", "team", "department"]
    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    whole: KeptGroup
    items: list[KeptGroup]
