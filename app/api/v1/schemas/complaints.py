"""Bodies about a complaint: opening it, changing it, saying who works on it, merging it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, with_config
from typing_extensions import TypedDict

from app.api.v1.schemas.fields import (
    Body,
    Emotion,
    ExternalId,
    Id,
    Instant,
    Label,
    Line,
    Name,
    Phone,
    Severity,
    Story,
    Tags,
    Verification,
    Words,
    Yuan,
    custom,
    distinct,
)

Channel = Annotated[Name, Field(max_length=40, examples=["phone"])]


class CallerById(Body):
    """A customer known by the id that this service gave."""

    id: Id


class CallerByExternalId(Body):
    """A customer known by the CRM's id; one who is not there is taken in provisionally."""

    external_id: ExternalId
    name: Line | None = None


class CallerByPhone(Body):
    """A caller known by the number; one whom nobody knows is taken in provisionally."""

    phone: Phone
    name: Line | None = None


def _caller_form(value: Any) -> str | None:
    names = ("id", "external_id", "phone")
    return next((f"<{name}>" for name in names if isinstance(value, dict) and name in value), None)


Caller = Annotated[
    Annotated[CallerById, Tag("<id>")]
    | Annotated[CallerByExternalId, Tag("<external_id>")]
    | Annotated[CallerByPhone, Tag("<phone>")],
    Discriminator(_caller_form, custom_error_type="customer_one_of", custom_error_message="customer_one_of"),
]


class Sought(Body):
    """What the customer wants."""

    kind: Annotated[Name, Field(max_length=40, examples=["refund"])]
    amount: Yuan | None = None
    text: Words | None = None


class Network(Body):
    """Where, since when and with what a network fault is met; `spot` and `device` are sealed."""

    place: Annotated[Label, Field(description="City or county; lists can be filtered by it.", examples=["南京市鼓楼区"])]
    spot: Annotated[Line, Field(description="Where exactly.")] | None = None
    since: Instant | None = None
    device: Line | None = None


class OpenBody(Body):
    """A complaint as it is taken in."""

    customer: Caller
    channel: Channel
    text: Story
    remedy_sought: Sought | None = None
    tags: Tags = Field(default_factory=list)
    severity: Annotated[Severity, Field(description="Left out: as the criteria suggest, 2 at least.")] | None = None
    sensitive: bool = False
    verification: Verification = 0
    emotion: Emotion | None = None
    source: Annotated[Name, Field(description="The system whose `external_ref` it is; else the user who calls.")] | None = None
    external_ref: ExternalId | None = None
    occurred_at: Annotated[Instant, Field(description="When it was said, if not now.")] | None = None
    team: Label | None = None
    network: Network | None = None
    workflow: Name = "complaint"


_CLOSED = ConfigDict(strict=True, extra="forbid")


_AMENDED = ("severity", "sensitive", "motives", "tags", "emotion", "remedy_sought", "network")


@with_config(ConfigDict(**_CLOSED, json_schema_extra={"anyOf": [{"required": [n]} for n in _AMENDED]}))
class Amendment(TypedDict, total=False):
    """What may be changed of a complaint besides its state; at least one field."""

    severity: Severity
    sensitive: bool
    motives: Annotated[list[Name], *distinct(10)]
    tags: Tags
    emotion: Emotion | None
    remedy_sought: Sought | None
    network: Network | None
    reason: Annotated[Words, Field(description="Why; needed to lower the severity.")]


def _something(value: Amendment) -> Amendment:
    if not value.keys() - {"reason"}:
        raise custom("nothing_to_change")
    return value


AmendBody = Annotated[Amendment, AfterValidator(_something)]


@with_config(ConfigDict(**_CLOSED, json_schema_extra={"anyOf": [{"required": [n]} for n in ("owner", "assignee", "team", "to")]}))
class Assigning(TypedDict, total=False):
    """Who works on it (`assignee`), who answers for it to the end (`owner`), in which team; what is left out stays, null clears.

    `to`: `auto` gives it to whoever is able to and has the least in hand; `team` gives it back, with a reason.
    """

    owner: Id | None
    assignee: Id | None
    team: Label | None
    to: Literal["auto", "team"]
    reason: Words | None


def _somebody(value: Assigning) -> Assigning:
    if not value.keys() - {"reason"}:
        raise custom("nothing_to_assign")
    if "to" in value and "assignee" in value:
        raise custom("assignee_twice")
    return value


AssignBody = Annotated[Assigning, AfterValidator(_somebody)]


class MergeBody(Body):
    """The complaint that goes on, and why."""

    into: Id
    note: Words | None = None


class UndoBody(Body):
    """Why it is undone."""

    note: Words | None = None


class RepeatBody(Body):
    """The earlier complaint about the same thing; null: none."""

    of: Id | None


class CheckBody(Body):
    """A complaint that is about to be taken in."""

    customer: Caller
    text: Story
    tags: Tags = Field(default_factory=list)
    network: Network | None = None
