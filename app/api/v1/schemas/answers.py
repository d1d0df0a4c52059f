"""What comes out about complaints. These models are for the document and its tests: answers are written without them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Money = Annotated[str, Field(pattern=r"^-?[0-9]+\.[0-9]{2}$", description="Decimal yuan.")]
Kind = Literal["working", "waiting_customer", "waiting_internal", "resolved", "final"]
Cursor = Annotated[str | None, Field(description="Pass it as `cursor` for the next page; null at the end.")]


class Out(BaseModel):
    """An answer: exactly these fields, all of them present."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkflowRef(Out):
    """The version of a workflow that a complaint runs on."""

    name: str
    version: int


class CustomerBrief(Out):
    """A customer, masked."""

    id: UUID
    external_id: str | None
    name: str | None
    phone: str | None
    provisional: bool
    segment: str | None
    plan: str | None
    place: str | None
    sensitive: bool
    account_manager: Annotated[str | None, Field(description="The name of a user.")]


class Timer(Out):
    """A timer of the workflow that runs."""

    name: str
    due_at: datetime


class Clock(Out):
    """What a clock says. `turn` counts how often it began anew within the round."""

    name: str
    title: str
    round: int
    turn: int
    state: Annotated[
        Literal["not_started", "running", "paused", "breached", "met", "late", "ended"],
        Field(
            description="`breached`: goes on after its target; `met`, `late`: it reached what it is for; `ended`: the complaint"
            " ended, or began anew, before."
        ),
    ]
    state_in_words: str
    paused: Annotated[bool, Field(description="It rests, for instance while the complaint waits for the customer.")]
    target: Annotated[str, Field(description="As the policy says it, such as `2 working_days`.", examples=["2 working_days"])]
    target_seconds: Annotated[int | None, Field(description="Null until it has started: working days depend on the first of them.")]
    elapsed_seconds: Annotated[int, Field(description="Counted time: in office hours only, where it counts in working time.")]
    remaining_seconds: Annotated[int | None, Field(description="Negative after the breach.")]
    started_at: datetime | None
    due_at: Annotated[datetime | None, Field(description="Null while it rests, for then nobody can say.")]
    ended_at: datetime | None
    breached_at: datetime | None
    why: Annotated[str, Field(description="The row of the policy that gives the target, and what holds it up, in words.")]


class Attempt(Out):
    """A call attempt of this round."""

    at: datetime
    outcome: str


class Lease(Out):
    """Who has the complaint in hand from the queue; one that has run out holds nothing."""

    by: UUID
    until: datetime


class Blocked(Out):
    """Why and until when a customer is a blocked caller."""

    reason: str
    title: str
    by: str
    at: datetime
    until: datetime | None


class Caller(Out):
    """The customer as a caller: how often in the last `days` days, whether blocked, what to do about it."""

    frequent: bool
    complaints: int
    contacts: int
    days: int | None
    blocked: Blocked | None
    account_manager: str | None
    suggestions: list[str]


class IncidentRef(Out):
    """The incident that a complaint was joined to; `check`: whether the customer says that it is over."""

    id: UUID
    check: Literal["not_yet", "asked", "confirmed", "still_wrong"]


class IncidentShown(IncidentRef):
    """The incident with the agreed answer and the expected repair time, as they stand now."""

    title: str
    answer: str
    status: Literal["open", "repaired", "closed"]
    repair_at: datetime | None


class NetworkOut(Out):
    """Where, since when and with what a network fault is met; the place stands beside it."""

    since: datetime | None = None
    spot: str | None = None
    device: str | None = None


class ComplaintBrief(Out):
    """A complaint without its words."""

    id: UUID
    number: str
    state: str
    kind: Kind
    final: bool
    version: Annotated[int, Field(description="Also in ETag; send it back as If-Match.")]
    channel: str
    severity: int
    tags: list[str]
    cause: Annotated[str | None, Field(description="The confirmed cause, a tag of the library; tags are what was supposed.")]
    motives: list[str]
    emotion: int | None
    verification: int
    sensitive: bool
    round: int
    team: str | None
    source: str | None
    external_ref: str | None
    merged_into: UUID | None
    repeat_of: Annotated[UUID | None, Field(description="The earlier complaint about the same thing.")]
    place: Annotated[str | None, Field(description="Of a network complaint.")]
    open_work_orders: int
    blocking_work_orders: int
    open_promises: int
    broken_promises: int
    open_grants: int
    callback_from: datetime | None
    callback_until: datetime | None
    next_deadline: Annotated[datetime | None, Field(description="The nearest deadline of the clocks that run.")]
    opened_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    closed_as: Annotated[
        str | None,
        Field(description="What the closing step meant: confirm (the customer's yes), no_answer, first_contact, withdraw …"),
    ]
    state_since: datetime
    updated_at: datetime
    workflow: WorkflowRef
    customer: CustomerBrief
    owner: UUID | None
    assignee: UUID | None
    lease: Lease | None
    counters: dict[str, int]
    attempts: list[Attempt]
    clocks: Annotated[list[Clock], Field(description="By what it is measured: the clocks of the policy, earlier rounds first.")]
    timers: Annotated[list[Timer], Field(description="Timers of the workflow that run, the nearest first.")]
    incident: IncidentRef | None


class RemedySought(Out):
    """What the customer wants."""

    kind: str
    amount: Money | None = None
    text: str | None = None


class Remedy(Out):
    """What the customer was given."""

    kind: str
    amount: Money | None = None
    text: str | None = None
    at: datetime


class Complaint(ComplaintBrief):
    """A complaint with its words; “[erased]” stands where a customer's key was destroyed."""

    text: str
    tag_titles: Annotated[
        dict[str, str], Field(description="Titles of `tags` and `cause` in the language asked for; a retired one keeps its last.")
    ]
    remedy_sought: RemedySought | None
    remedy: Remedy | None
    caller: Caller
    incident: IncidentShown | None
    network: NetworkOut | None
    recorded: Annotated[dict[str, Any], Field(description="What the forms of its steps recorded, the latest value of each field.")]


class ComplaintPage(Out):
    """A page of complaints."""

    items: list[ComplaintBrief]
    next_cursor: Cursor


class GuardSeen(BaseModel):
    """A guard that was consulted; `value` null: facts were unknown."""

    name: str
    expression: str
    value: bool | None


class Event(Out):
    """Something that happened. `seq` is the complaint's version after it; null where the version stayed."""

    id: UUID
    seq: int | None
    type: str
    at: Annotated[datetime, Field(description="When it was recorded.")]
    occurred_at: Annotated[datetime, Field(description="When it took place.")]
    actor: str
    actor_id: UUID | None
    on_behalf_of: str | None
    role: str
    transition: str | None
    from_: Annotated[str | None, Field(alias="from")]
    to: str | None
    data: dict[str, Any]
    guards: list[GuardSeen]
    workflow_version: int | None
    request_id: str | None
    complaint_id: UUID | None


class EventPage(Out):
    """A page of events."""

    items: list[Event]
    next_cursor: Cursor


class Moved(Out):
    """A complaint after its steps, and the events that they wrote; words stand in the events by reference."""

    complaint: ComplaintBrief
    events: list[Event]


class ReasonOut(Out):
    """One reason of a refusal."""

    code: str
    message: str
    where: str | None


class Problem(Out):
    """A refusal or failure (RFC 9457). `code` is stable; `detail` and `message` are for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    reasons: list[ReasonOut]
    request_id: str
