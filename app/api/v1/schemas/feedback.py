"""Suggestions, confirmed causes, feedback and the reports on them: what comes in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.access.roles import ASSIGNABLE
from app.api.v1.schemas.answers import Cursor, Out
from app.api.v1.schemas.answers_more import Added
from app.api.v1.schemas.fields import Body, Id, Instant, Label, Tag, Words, custom, distinct
from app.api.v1.schemas.queries import Flag, Limit, Query

Source = Literal["customer", "handler", "shop"]
Leaf = Annotated[Tag, Field(description="A leaf of the tag library.", examples=["charge.overage_data"])]
Account = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$", examples=["wang.fang"])]
RoleName = Annotated[str, Field(json_schema_extra={"enum": sorted(ASSIGNABLE)})]


class SuggestionBody(Body):
    """What is suggested, and by whom."""

    source: Source
    words: Words
    tag: Tag | None = None
    product: Label | None = None


class HouseSuggestionBody(Body):
    """What a handler or a shop suggests apart from any complaint."""

    source: Literal["handler", "shop"]
    words: Words
    tag: Tag | None = None
    product: Label | None = None


class SuggestionAnswerBody(Body):
    """The answer, in words that may be told to the suggester."""

    words: Words


class SuggestionToldBody(Body):
    """How the suggester was told."""

    how: Annotated[Literal["phone", "sms", "email", "letter", "app", "shop", "in_person"], Field(examples=["phone"])]


class SuggestionsQuery(Query):
    """Which suggestions."""

    status: Literal["open", "answered", "told"] | None = None
    source: Source | None = None
    tag: Tag | None = None
    product: Label | None = None
    complaint: Id | None = None
    mine: Annotated[Flag, Field(description="Only those that I have to answer.")] = False
    cursor: Id | None = None
    limit: Limit = 50


class SuggestionBrief(Out):
    """A suggestion without its words."""

    id: UUID
    complaint_id: UUID | None
    source: Source
    tag: str | None
    product: str | None
    owner: Annotated[str | None, Field(description="Who answers it; null: whoever holds `owner_role`.")]
    owner_role: str | None
    status: Literal["open", "answered", "told"]
    by: str
    at: datetime
    due_at: datetime
    answered_by: str | None
    answered_at: datetime | None
    told_how: str | None
    told_by: str | None
    told_at: datetime | None


class Suggestion(SuggestionBrief):
    """A suggestion with its words; “[erased]” where the customer's key was destroyed."""

    words: str
    answer: str | None


class SuggestionAdded(Added):
    """The suggestion, and the complaint that it came with."""

    item: SuggestionBrief


class SuggestionPage(Out):
    """A page of suggestions, the newest first."""

    items: list[Suggestion]
    next_cursor: Cursor


class CauseBody(Body):
    """What the complaint was found to come from."""

    tag: Leaf
    evidence: Annotated[Words, Field(description="How it is known.")]
    product: Label | None = None
    place: Label | None = None


class CauseBrief(Out):
    """A confirmed cause."""

    id: UUID
    tag: str
    product: str | None
    place: str | None
    by: str
    at: datetime
    ended_at: Annotated[datetime | None, Field(description="When another cause was found instead.")]


class Cause(CauseBrief):
    """A confirmed cause with its evidence."""

    title: str
    evidence: str


class CauseAdded(Added):
    """The cause, and the complaint after it."""

    item: CauseBrief


class CauseList(Out):
    """What was found, the latest first."""

    items: list[Cause]


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
    """An item with the measured fall, once its action has taken effect."""

    fall: FallOut | None


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
