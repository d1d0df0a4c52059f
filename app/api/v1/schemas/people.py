"""People, teams, presence, the queue, blocked callers: what goes in and what comes out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, with_config
from typing_extensions import TypedDict

from app.api.v1.schemas.answers import ComplaintBrief, Out
from app.api.v1.schemas.fields import Body, Instant, Label, Line, Name, custom, distinct, read_as
from app.api.v1.schemas.queries import Limit, Query
from app.people.policy import MOST_CAPACITY, MOST_LEVEL

Presence = Literal["available", "busy", "after_call", "break", "offline"]
Phase = Literal["care_only", "opportunity", "advisor"]
_DAY: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


def _read_day(value: object) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise custom("field_day")


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Day = Annotated[date, *read_as(_read_day, {"type": "string", "format": "date", "pattern": _DAY, "examples": ["2027-06-30"]})]
Capacity = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=MOST_CAPACITY, description="Complaints in hand at most.")]


class SkillBody(Body):
    """A skill of the policy's list; after `until` it does not count any more."""

    name: Annotated[Name, Field(max_length=48, examples=["network"])]
    level: Annotated[int, BeforeValidator(_whole), Field(ge=1, le=MOST_LEVEL)] = 1
    until: Day | None = None


class ShiftBody(Body):
    """A planned stretch of work."""

    starts_at: Instant
    ends_at: Instant


_CLOSED = ConfigDict(strict=True, extra="forbid")


@with_config(_CLOSED)
class PersonBody(TypedDict, total=False):
    """What is to be stored of a person; what is left out stays as it is, null clears it. `roles` and `active`: administrators."""

    display: Annotated[Line, Field(max_length=100)]
    roles: Annotated[list[Annotated[str, Field(max_length=40)]], *distinct(10)]
    team: Label | None
    active: bool
    skills: Annotated[list[SkillBody], Field(max_length=50)]
    languages: Annotated[list[Name], *distinct(20)]
    helps: Annotated[list[Label], *distinct(20), Field(description="Further teams whose queue this person drains.")]
    capacity: Capacity | None
    deputy: Annotated[Line, Field(max_length=100, description="The user who stands in.")] | None
    shifts: Annotated[list[ShiftBody], Field(max_length=400, description="In place of those planned from the first of them on.")]


class TitleBody(Body):
    """A title in both languages."""

    zh: Label
    en: Label


@with_config(_CLOSED)
class TeamBody(TypedDict, total=False):
    """What is to be stored of a team; a new one needs title and phase."""

    title: TitleBody
    unit: Label | None
    phase: Phase
    capacity: Capacity | None
    active: bool


class PresenceBody(Body):
    """Whether one is there, and until when the shift goes (by default as the roster says)."""

    presence: Presence
    until: Instant | None = None


class SkipBody(Body):
    """Why it is passed on: one of the reasons of the policy."""

    reason: Annotated[Name, Field(max_length=48, examples=["not_my_skill"])]


class BlockBody(Body):
    """Why, by the policy's list, and until when; without `until` as long as the policy admits."""

    reason: Annotated[Name, Field(max_length=48, examples=["abuse"])]
    until: Instant | None = None


class PeopleQuery(Query):
    """Which people."""

    team: Label | None = None
    presence: Presence | None = None
    skill: Annotated[Name, Field(description="Holds it now.")] | None = None


class QueueQuery(Query):
    """Which team's queue, and how much of it."""

    team: Label | None = None
    limit: Limit = 50


class SkillOut(Out):
    """A skill, and whether it counts today."""

    name: str
    level: int
    until: date | None
    valid: bool


class ShiftOut(Out):
    """A planned stretch of work."""

    starts_at: datetime
    ends_at: datetime


class PersonOut(Out):
    """A person at work."""

    id: UUID
    name: str
    display: str
    roles: list[str]
    team: str | None
    active: bool
    skills: list[SkillOut]
    languages: list[str]
    helps: list[str]
    capacity: int | None
    deputy: str | None
    presence: Presence
    presence_since: datetime | None
    shift_until: datetime | None
    absent_since: Annotated[datetime | None, Field(description="null: is there.")]
    shifts: Annotated[list[ShiftOut], Field(description="Those that have not ended.")]


class PeopleList(Out):
    """People by name."""

    items: list[PersonOut]


class TeamOut(Out):
    """A team."""

    name: str
    title: dict[str, str]
    unit: str | None
    phase: Phase
    capacity: int | None
    active: bool
    version: int
    updated_at: datetime


class TeamList(Out):
    """Teams by name."""

    items: list[TeamOut]


class QueueNext(Out):
    """The complaint that should be handled next, leased to the caller; null: there is none for him now."""

    complaint: ComplaintBrief | None
    why: Annotated[Literal["own", "deputy", "team"] | None, Field(description="How it comes to the caller.")]
    until: Annotated[datetime | None, Field(description="The end of the lease.")]
    in_hand: int
    room: Annotated[int | None, Field(description="How much may be in hand; null: no limit.")]


class LeaseOut(Out):
    """A lease after the change; `until` null: it has ended."""

    complaint: UUID
    until: datetime | None


class TeamQueue(Out):
    """The queue of a team in figures; `people` counts its people by presence."""

    team: str | None
    waiting: int
    in_hand: int
    overdue: int
    unowned: int
    severest: int
    oldest_seconds: int
    next_due: datetime | None
    people: dict[str, int]


class QueueItem(Out):
    """A complaint in the queue: whose it is, who has it in hand now."""

    complaint: ComplaintBrief
    holder: str | None
    leased_by: str | None
    due_at: Annotated[datetime | None, Field(description="The nearest deadline or promise.")]


class QueueView(Out):
    """The queue in figures by team, and its first complaints in order."""

    teams: list[TeamQueue]
    items: list[QueueItem]


class Blocking(Out):
    """By what a customer is a blocked caller."""

    reason: str
    by: str
    at: datetime
    until: datetime | None


class BlockOut(Out):
    """Whether a customer is a blocked caller."""

    customer: UUID
    version: int
    blocked: Blocking | None
