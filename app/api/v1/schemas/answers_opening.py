"""What comes out beside a complaint when it is taken in or changed: what is alike, how severe the criteria say it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.v1.schemas.answers import Caller, ComplaintBrief, Moved, Out


class WhyAlike(Out):
    """Why something is taken to be about the same thing."""

    code: Literal["same_cause", "same_words", "same_place"]
    message: str
    values: list[str]


class AlikeComplaint(Out):
    """A complaint of the same customer that is likely about the same thing; where it may not be seen: number and team alone."""

    id: UUID | None
    number: str
    team: str | None
    final: bool
    state: str | None
    stage: Annotated[str | None, Field(description="Title of the stage.")]
    opened_at: datetime | None
    why: list[WhyAlike]


class LikelyIncident(Out):
    """An incident that it is likely about, with the agreed answer."""

    id: UUID
    title: str
    answer: str
    status: Literal["open", "repaired"]
    repair_at: datetime | None
    why: list[WhyAlike]


class Alike(Out):
    """What is likely about the same thing: open complaints of the customer, ended ones, incidents."""

    duplicates: list[AlikeComplaint]
    earlier: list[AlikeComplaint]
    incidents: list[LikelyIncident]


class Suggesting(Out):
    """A criterion that holds."""

    criterion: str
    kind: str
    level: int
    message: str


class SeveritySuggested(Out):
    """The level that the written criteria suggest, and why; null: none of them holds."""

    level: int
    reasons: list[Suggesting]


class OpenedComplaint(ComplaintBrief):
    """A complaint as it was taken in, with what is likely about the same thing, and how severe the criteria say it is."""

    caller: Caller
    alike: Alike
    severity_suggested: SeveritySuggested | None


class Amended(Moved):
    """A complaint after a change, with how severe the criteria say it is."""

    severity_suggested: SeveritySuggested | None
