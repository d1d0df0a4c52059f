"""Compensation and grants: what comes in and out. Amounts are decimal yuan."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.v1.schemas.answers import Cursor, Out, ReasonOut
from app.api.v1.schemas.answers_more import Added
from app.api.v1.schemas.fields import Body, Id, Instant, Label, Name, Tag, Words, Yuan
from app.api.v1.schemas.queries import Limit, Query

Status = Literal["asked", "granted", "confirmed", "rejected", "refused", "expired", "withdrawn", "reversed"]
Position = Literal["at", "above", "below"]
Amount = Annotated[str, Field(description="Decimal yuan.", examples=["30.00"])]


class CompensationQuery(Query):
    """What is known of the damage."""

    damage: Annotated[Yuan, Field(description="The proven damage, for what the schedule gives as a share of it.")] | None = None


class GrantBody(Body):
    """A compensation to be granted, or asked for."""

    kind: Annotated[Name, Field(description="A kind of the policy.", examples=["credit"])]
    amount: Annotated[Yuan, Field(description="What it is worth, also where the kind is counted in gigabytes or days.")]
    reason: (
        Annotated[Name, Field(description="A reason of the policy; needed where the amount is not what the schedule gives.")] | None
    ) = None
    damage: Annotated[Yuan, Field(description="The proven damage; needed where the schedule gives a share of it.")] | None = None
    text: Words | None = None
    live: Annotated[bool, Field(description="The customer is on the line: an approval is answered soon or ends.")] = False


class DecisionBody(Body):
    """The answer to a grant that was asked for."""

    decision: Literal["approve", "refuse"]
    reason: (
        Annotated[Words, Field(description="A name of the policy's `refusals`, or words of your own; needed to refuse.")] | None
    ) = None


class WithdrawalBody(Body):
    """Why it is taken back."""

    reason: Words | None = None


class ReversalBody(Body):
    """Why it is reversed."""

    reason: Words


class BillingBody(Body):
    """What billing did with the message."""

    outcome: Literal["confirmed", "rejected"]
    of: Annotated[Literal["grant", "reversal"], Field(description="`type` of the message.")] = "grant"
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/-]{1,100}$", description="Billing's own number of it.")] | None = None
    reason: Words | None = None


class GrantsQuery(Query):
    """Which grants: all that are given must hold."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_alias=True)

    status: Status | None = None
    position: Position | None = None
    kind: Name | None = None
    handler: Annotated[Label, Field(description="Who granted or asked.")] | None = None
    segment: Label | None = None
    cause: Tag | None = None
    team: Label | None = None
    reason: Name | None = None
    from_: Annotated[Instant | None, Field(alias="from", description="Granted or asked at or after this.")] = None
    to: Annotated[Instant | None, Field(description="Before this.")] = None
    cursor: Annotated[Id, Field(description="`next_cursor` of the page before.")] | None = None
    limit: Limit = 50


class SpreadQuery(Query):
    """Over which time."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_alias=True)

    from_: Annotated[Instant, Field(alias="from", description="From this time on.")]
    to: Annotated[Instant, Field(description="Not included; 366 days later at most.")]


class BillingOut(Out):
    """What billing answered."""

    outcome: Literal["confirmed", "rejected"]
    reference: str | None
    at: datetime


class Grant(Out):
    """A compensation granted or asked for."""

    id: UUID
    complaint_id: UUID
    kind: str
    amount: Amount
    currency: str
    quantity: Annotated[int | None, Field(description="Of the kind's unit, where it has one.")]
    due: Annotated[Amount, Field(description="What of it the schedule gives.")]
    goodwill: Annotated[Amount, Field(description="What of it goes beyond.")]
    position: Position
    schedule_row: str | None
    cause: str | None
    severity: int
    segment: str | None
    damage: Amount | None
    reason: str | None
    status: Status
    team: str | None
    by: str
    on_behalf_of: str | None
    at: datetime
    live: bool
    over: Annotated[list[ReasonOut], Field(description="Why it needed approval.")]
    approvers: Annotated[list[str], Field(description="The roles that may approve it.")]
    expires_at: datetime | None
    decided_by: str | None
    decided_on_behalf_of: str | None
    decided_at: datetime | None
    decision_reason: str | None
    message_id: Annotated[UUID | None, Field(description="Of the message to billing.")]
    reversal_id: UUID | None
    billing: BillingOut | None
    reversal_billing: BillingOut | None
    ended_at: datetime | None
    policy_version: int


class GrantAdded(Added):
    """The grant, and the complaint after it."""

    item: Grant


class GrantRead(Grant):
    """A grant with its words."""

    text: str | None
    decision_text: str | None


class GrantList(Out):
    """The grants of a complaint, oldest first."""

    items: list[GrantRead]


class GrantListed(Grant):
    """A grant in a list."""

    number: Annotated[str, Field(description="The complaint's.")]
    decidable: Annotated[bool, Field(description="You may decide on it.")]


class GrantPage(Out):
    """A page of grants, the newest first."""

    items: list[GrantListed]
    next_cursor: Cursor
