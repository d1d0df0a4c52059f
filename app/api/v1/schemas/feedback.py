"""Feedback and the reports on causes: what comes in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.access.roles import ASSIGNABLE
from app.api.v1.schemas.answers import Cursor, Out
from app.api.v1.schemas.fields import Body, Id, Instant, Label, Tag, Words, custom, distinct
from app.api.v1.schemas.panels import Trial
from app.api.v1.schemas.queries import Flag, Limit, Query
from app.api.v1.schemas.suggestions import Leaf, Suggestion

Account = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$", examples=["wang.fang"])]
RoleName = Annotated[str, Field(json_schema_extra={"enum": sorted(ASSIGNABLE)})]


class AddresseeBody(Body):
    """A person by account name, or whoever holds a role: exactly one of the two."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["user"]}, {"required": ["role"]}]})

    user: Account = ""
    role: RoleName = ""

    @model_validator(mode="after")
    def _one(self) -> AddresseeBody:
        if bool(self.user) == bool(self.role) or (self.role and self.role not in ASSIGNABLE):
            raise custom("addressee_one_of", known=", ".join(sorted(ASSIGNABLE)))
        return self


class FeedbackBody(Body):
    """A cause fed back to whoever can remove it. The figures of the period are taken as they are now."""

    cause: Leaf
    words: Annotated[Words, Field(description="What is asked of the addressee. Name no customer.")]
    to: AddresseeBody
    due_at: Annotated[Instant, Field(description="In the future.")]
    product: Label | None = None
    from_: Annotated[
        Instant | None, Field(alias="from", description="Begin of the period of the figures; 28 days ago by default.")
    ] = None
    until: Annotated[Instant | None, Field(description="Its end, not included; now by default.")] = None
    examples: Annotated[list[Id], *distinct(20), Field(description="Ids of complaints.")] = Field(default_factory=list)


class DecisionBody(Body):
    """What is decided; what is done takes effect from a day on."""

    decision: Literal["fix", "stop_selling", "change_text", "no"]
    reason: Words
    effective_at: Annotated[Instant, Field(description="From when on it takes effect; not with `no`.")] | None = None


class FeedbackQuery(Query):
    """Which items."""

    status: Literal["open", "decided"] | None = None
    cause: Tag | None = None
    mine: Annotated[Flag, Field(description="Only those addressed to me.")] = False
    cursor: Id | None = None
    limit: Limit = 50


class Figures(Out):
    """The cause as it stood when it was fed back."""

    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    count: int
    before: Annotated[int, Field(description="In a period of the same length before.")]
    complaints: Annotated[int, Field(description="All complaints opened in the period.")]


class FeedbackItem(Out):
    """A cause fed back, and what was decided."""

    id: UUID
    version: int
    cause: str
    title: str
    product: str | None
    words: str
    figures: Figures
    examples: list[UUID]
    addressee: str | None
    addressee_role: str | None
    due_at: datetime
    status: Literal["open", "decided"]
    by: str
    at: datetime
    decision: Literal["fix", "stop_selling", "change_text", "no"] | None
    reason: str | None
    effective_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None


class FallWeek(Out):
    """A week before or after the day of the action."""

    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    when: Literal["before", "after"]
    count: int
    complaints: Annotated[int, Field(description="All complaints opened in it: the exposure.")]
    confirmed: Annotated[int, Field(description="Those of them with any confirmed cause.")]


class RatioOut(Out):
    """The rate after in parts of the rate before (0.5: half), with its 95 % interval; null where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None
    method: Literal["exact", "score", "none"]


class FallOut(Out):
    """What became of the cause after the day of the action. Before and after, not randomised: other things changed too."""

    weeks: list[FallWeek]
    before: Annotated[int, Field(description="Complaints of this cause before.")]
    before_complaints: int
    after: int
    after_complaints: int
    ratio: RatioOut
    unconfirmed_before: Annotated[float | None, Field(description="Share of complaints whose cause is not confirmed (yet).")]
    unconfirmed_after: float | None
    notes: Annotated[list[str], Field(description="How to read it, and what speaks against reading too much into it.")]


class FeedbackWithFall(FeedbackItem):
    """An item with the measured fall, once its action has taken effect, and what panels of customers said of it."""

    fall: FallOut | None
    trials: list[Trial]


class FeedbackPage(Out):
    """A page of items, the newest first."""

    items: list[FeedbackItem]
    next_cursor: Cursor


class CausesQuery(Query):
    """The period, and what the causes are laid out by."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_alias=True)

    from_: Annotated[
        Instant | None, Field(alias="from", description="Complaints opened at or after this; 28 days ago by default.")
    ] = None
    to: Annotated[Instant | None, Field(description="Opened before this; now by default. At most 60 weeks.")] = None
    by: Literal["product", "segment", "plan", "place", "week"] = "product"
    cause: Leaf | None = None


class Example(Out):
    """A complaint as an example, its words with names and numbers masked."""

    id: UUID
    number: str
    opened_at: datetime
    words: str | None


class CauseLine(Out):
    """One cause in one product, segment …"""

    cause: str
    title: str
    key: Annotated[str | None, Field(description="The product, segment …; null: not told.")]
    count: int
    before: Annotated[int, Field(description="In the period of the same length before.")]
    change: Annotated[float | None, Field(description="`count` by `before`, per complaint opened; null where there was none.")]
    weeks: list[int]
    examples: list[Example]


class CausesReport(Out):
    """Confirmed causes of the complaints opened in a period, week by week from its beginning."""

    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    by: str
    complaints: list[int]
    confirmed: Annotated[list[int], Field(description="Complaints with a confirmed cause.")]
    complaints_before: int
    lines: list[CauseLine]


class LaunchQuery(Query):
    """The product that is to come, or what it is like."""

    product: Annotated[Label | None, Field(description="A similar product that is sold now.")] = None
    tags: Annotated[list[Tag], *distinct(20), Field(description="Leaves or groups; may be given several times.")] = Field(
        default_factory=list
    )


class LaunchCause(Out):
    """How often a cause was confirmed for a product in the last year."""

    cause: str
    title: str
    product: str | None
    count: int


class LaunchReport(Out):
    """What was complained about similar products in the last year."""

    from_: Annotated[datetime, Field(alias="from")]
    causes: list[LaunchCause]
    tagged: Annotated[dict[str, int], Field(description="Complaints that carry each tag, confirmed or not.")]
    examples: list[Example]
    feedback: list[FeedbackItem]
    suggestions: list[Suggestion]
    models: Annotated[list[Any], Field(description="Good cases with these tags, as in GET /v1/cases.")]
