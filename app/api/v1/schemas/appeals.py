"""Appeals: what comes in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.v1.schemas.answers import ComplaintBrief, Event, Out
from app.api.v1.schemas.fields import Body, Instant, Line, Name, Words
from app.api.v1.schemas.queries import Limit, Query

Status = Literal["received", "accepted", "replied", "mediation", "ended"]
Result = Literal["upheld", "partly", "not_upheld", "withdrawn", "mediated", "not_accepted"]


class AppealBody(Body):
    """An appeal that came in."""

    body: Annotated[Name, Field(description="As policy.yaml names it.", examples=["miit_12300"])]
    reference: Annotated[Line, Field(description="The body's number of it.")] | None = None
    ground: Annotated[Words, Field(description="What the body wrote.")] | None = None
    received_at: Annotated[Instant, Field(description="If not now; not in the future.")] | None = None


class AppealStepBody(Body):
    """What happened next. `replied` needs `by` and `words`, `ended` needs `result`."""

    status: Literal["accepted", "replied", "mediation", "ended"]
    at: Annotated[Instant, Field(description="If not now; not in the future.")] | None = None
    by: Annotated[Name, Field(max_length=40, description="How our reply went out.", examples=["letter"])] | None = None
    words: Words | None = None
    result: Result | None = None


class AppealsQuery(Query):
    """Which appeals that go on."""

    body: Name | None = None
    due_before: Annotated[Instant, Field(description="Our reply is due before this.")] | None = None
    limit: Limit = 200


class AppealRow(Out):
    """An appeal, without its words."""

    id: UUID
    complaint_id: UUID
    body: str
    title: Annotated[str, Field(description="Of the body.")]
    status: Status
    received_at: datetime
    due: Annotated[dict[str, datetime], Field(description="Its dates by name, as the policy had them when it came in.")]
    reply_due_at: Annotated[datetime | None, Field(description="When our reply is due; null once it went out.")]
    accepted_at: datetime | None
    replied_at: datetime | None
    replied_by: str | None
    mediated_at: datetime | None
    result: Result | None
    ended_at: datetime | None
    by: str


class Appeal(AppealRow):
    """An appeal with its words."""

    reference: str | None
    ground: str | None
    reply: str | None
    mediation: str | None
    result_words: str | None


class DueAppeal(AppealRow):
    """An appeal that goes on, with its complaint."""

    number: str
    owner: UUID | None
    team: str | None


class AppealAdded(Out):
    """The appeal, and the complaint after it."""

    complaint: ComplaintBrief
    events: list[Event]
    item: AppealRow


class AppealList(Out):
    """The appeals of a complaint, the oldest first."""

    items: list[Appeal]


class DueAppeals(Out):
    """Appeals that go on, the one to which we must reply soonest first."""

    items: list[DueAppeal]
