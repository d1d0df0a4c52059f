"""Compensation as it stands, and the spread of grants: what comes out. Amounts are decimal yuan."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.v1.schemas.answers import Out
from app.api.v1.schemas.grants import Amount


class Group(Out):
    """Figures of some grants, and the grants behind them."""

    handler: str | None = None
    segment: str | None = None
    cause: str | None = None
    count: int
    sum: Amount
    median: Annotated[Amount, Field(description="The lower one of two in the middle.")]
    shares: Annotated[dict[str, float], Field(description="Of those at, above and below the schedule.")]
    departures: Annotated[list[dict[str, Any]], Field(description="{reason, position, count} of those beside the schedule.")]
    ids: Annotated[list[UUID], Field(description="The grants, 200 at most; all are in `GET /v1/grants` with the same filters.")]
    complete: Annotated[bool, Field(description="Whether `ids` are all.")]


class Spread(Out):
    """The spread of the grants of a period: those that were made and neither reversed nor rejected."""

    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    total: Group
    by_handler: list[Group]
    by_segment: list[Group]
    by_cause: list[Group]


class UnitOut(Out):
    """In what a kind is counted."""

    title: str
    value: Amount


class DueOut(Out):
    """What the schedule gives of a kind: the row of the policy, the tag by which it was found, the amounts."""

    row: str
    title: str
    cause: str | None
    amount: Amount | None
    granted: Amount
    left: Amount | None
    share: Annotated[str | None, Field(description="Of the proven damage; 1.0000 is all of it.")]
    floor: Amount | None
    cap: Amount | None
    needs_damage: bool


class RoleUpTo(Out):
    """Up to how much a role may approve here."""

    role: str
    title: str
    up_to: Amount


class KindOut(Out):
    """A kind of compensation as it stands in this complaint."""

    kind: str
    title: str
    verification: Annotated[int, Field(description="At which level the caller must be known.")]
    verified: bool
    unit: UnitOut | None
    due: DueOut | None
    alone: Annotated[Amount, Field(description="The most that you may grant at once.")]
    with_approval: list[RoleUpTo]


class GoodwillOut(Out):
    """How much goodwill is usual for the cause and severity, and how much was given."""

    from_: Annotated[Amount, Field(alias="from")]
    to: Amount
    granted: Amount


class LimitsOut(Out):
    """Limits of a role."""

    due_per_case: Amount
    per_case: Amount
    per_customer: Amount
    kinds: dict[str, Amount]


class ApproverOut(LimitsOut):
    """Limits of a role that may approve."""

    role: str
    title: str


class HadOut(Out):
    """What this customer had, in all complaints of the period."""

    since: datetime
    count: int
    sum: Amount
    goodwill: Amount


class BudgetOut(Out):
    """The budget of the team."""

    team: str | None
    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    counts: Literal["goodwill", "all"]
    limit: Amount
    used: Amount
    left: Amount


class ReasonNamed(Out):
    """A reason for a departure from the schedule."""

    name: str
    title: str
    when: list[str]


class RefusalNamed(Out):
    """A reason to refuse an approval."""

    name: str
    title: str


class CompensationOut(Out):
    """What is due, how far goodwill goes, what you may grant, what needs whose approval."""

    policy_version: int
    currency: str
    severity: int
    tags: list[str]
    kinds: list[KindOut]
    goodwill: GoodwillOut
    authority: LimitsOut | None
    approval: list[ApproverOut]
    customer: HadOut
    budget: BudgetOut | None
    reasons: list[ReasonNamed]
    refusals: list[RefusalNamed]
