"""What comes out about the clocks of a complaint: the working behind each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.v1.schemas.answers import Clock, Out


class Stretch(Out):
    """Time that counts, as long as its calendar is open; `to` null: it goes on."""

    from_: Annotated[datetime, Field(alias="from")]
    to: datetime | None
    counted_seconds: int


class ClockLevel(Out):
    """A warning or the breach: when it is reached, when it was told, what is done."""

    name: Annotated[str, Field(description="A share of the target such as `80`, a time before such as `2h_before`, or `breach`.")]
    due_at: datetime | None
    told_at: datetime | None
    actions: dict[str, Any]


class ClockWorking(Clock):
    """A clock with what it was made of."""

    row: Annotated[int, Field(description="The row of the policy's targets, from 1.")]
    conditions: Annotated[dict[str, list[Any]], Field(description="For whom the row is meant; empty: for all.")]
    calendar: str
    day_and_night: Annotated[bool, Field(description="The target is no working time: every hour counts.")]
    stretches: list[Stretch]
    levels: list[ClockLevel]


class ClockMark(Out):
    """Something that clocks go by: `kind:working`, `means:solve`, `contact:out` …"""

    at: datetime
    what: str


class ComplaintRef(Out):
    """A complaint by id and number."""

    id: UUID
    number: str


class Clocks(Out):
    """All clocks of a complaint with the working."""

    complaint: ComplaintRef
    at: Annotated[datetime, Field(description="The moment at which they were read.")]
    policy_version: int
    calendars_version: int
    marks: list[ClockMark]
    items: list[ClockWorking]
