"""Panels of customers: what comes in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.api.v1.schemas.adding import Evidence
from app.api.v1.schemas.answers import Cursor, CustomerBrief, Out
from app.api.v1.schemas.fields import Body, Id, Instant, Name, Words, custom
from app.api.v1.schemas.incidents import TitleWords
from app.api.v1.schemas.queries import Limit, Query

Verdict = Literal["fits", "does_not_fit", "remark"]


class PanelBody(Body):
    """A panel."""

    name: Annotated[Name, Field(examples=["city_families"])]
    title: TitleWords


class MemberBody(Body):
    """A customer who agreed to be a member, since when, and how that is known."""

    customer: Id
    agreed_at: Annotated[Instant, Field(description="Now if left out; not in the future.")] | None = None
    evidence: Evidence


class TrialBody(Body):
    """What the members are asked to test: an item that was fed back, or a suggestion. Name no customer."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["feedback"]}, {"required": ["suggestion"]}]})
    words: Words
    feedback: Id | None = None
    suggestion: Id | None = None

    @model_validator(mode="after")
    def _of_one(self) -> TrialBody:
        if (self.feedback is None) == (self.suggestion is None):
            raise custom("trial_of_one")
        return self


class VerdictBody(Body):
    """What a member says of it; a remark needs words."""

    member: Id
    verdict: Verdict
    remark: Words | None = None

    @model_validator(mode="after")
    def _said(self) -> VerdictBody:
        if self.verdict == "remark" and self.remark is None:
            raise custom("remark_missing")
        return self


class MembersQuery(Query):
    """A page of members."""

    cursor: Id | None = None
    limit: Limit = 50


class Panel(Out):
    """A panel, and how many are in it."""

    id: UUID
    name: str
    title: str
    members: int
    by: str
    at: datetime


class PanelList(Out):
    """All panels, by name."""

    items: list[Panel]


class ConsentKnown(Out):
    """How a consent is known."""

    kind: str
    reference: str | None


class Member(Out):
    """A member, masked."""

    id: UUID
    customer: CustomerBrief
    agreed_at: datetime
    evidence: ConsentKnown
    by: str
    at: datetime
    left_at: datetime | None


class MemberPage(Out):
    """A page of members, in the order of joining."""

    items: list[Member]
    next_cursor: Cursor


class VerdictOut(Out):
    """What a member said."""

    id: UUID
    member_id: UUID
    verdict: Verdict
    remark: Annotated[str | None, Field(description="In his words; null once the customer was erased.")]
    by: str
    at: datetime


class Counts(Out):
    """How many said what."""

    fits: int
    does_not_fit: int
    remark: int


class Trial(Out):
    """What a panel was asked to test, and what its members said."""

    id: UUID
    panel_id: UUID
    feedback_id: UUID | None
    suggestion_id: UUID | None
    words: str
    by: str
    at: datetime
    counts: Counts
    verdicts: list[VerdictOut]


class TrialList(Out):
    """Trials, the newest first."""

    items: list[Trial]
