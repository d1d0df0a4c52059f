"""Answers and briefings: what comes in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Discriminator, Field, model_validator
from pydantic import Tag as PydanticTag

from app.api.v1.schemas.answers import Cursor, Out
from app.api.v1.schemas.feedback import Account
from app.api.v1.schemas.fields import Body, Id, Instant, Label, Line, Story, Tag, Tags, Words, custom
from app.api.v1.schemas.queries import Limit, Query


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e9 else value


Percent = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=100)]
Choice = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=9, description="Which option, counted from 0.")]


class Bilingual(Body):
    """A line in both languages."""

    zh: Line
    en: Line


class BilingualText(Body):
    """A text in both languages."""

    zh: Story
    en: Story


class Question(Body):
    """A question of a briefing; `right` is the option that is right, counted from 0."""

    question: Bilingual
    options: Annotated[list[Bilingual], Field(min_length=2, max_length=8)]
    right: Choice

    @model_validator(mode="after")
    def _there(self) -> Question:
        if self.right >= len(self.options):
            raise custom("right_no_option", most=len(self.options) - 1)
        return self


class _ArticleBody(Body):
    title: Bilingual
    text: BilingualText
    why: Annotated[Words, Field(description="Why the answer is as it is: the rule, the decision, the source.")]
    owner: Annotated[Account, Field(description="Who answers for it: a user.")]
    expires_at: Annotated[Instant, Field(description="When it ends unless it is renewed.")]
    valid_from: Annotated[Instant, Field(description="Now by default.")] | None = None
    tags: Tags = Field(default_factory=list)
    product: Label | None = None


class AnswerBody(_ArticleBody):
    """An answer (口径) as it shall be given."""

    kind: Literal["answer"] = "answer"


class BriefingBody(_ArticleBody):
    """A briefing on a product: to be read, and its questions passed, before the product may be offered."""

    kind: Literal["briefing"]
    product: Label
    questions: Annotated[list[Question], Field(min_length=1, max_length=30)]
    pass_percent: Annotated[Percent, Field(description="By the policy if left out.")] | None = None


def _kind(value: object) -> str:
    return "<briefing>" if isinstance(value, dict) and value.get("kind") == "briefing" else "<answer>"


ArticleBody = Annotated[
    Annotated[AnswerBody, PydanticTag("<answer>")] | Annotated[BriefingBody, PydanticTag("<briefing>")], Discriminator(_kind)
]


class WithdrawBody(Body):
    """Why it is taken out of use."""

    why: Words


class DoubtBody(Body):
    """What is wrong with it. Name no customer."""

    words: Words


class TestBody(Body):
    """The options chosen, one for each question in its order."""

    answers: Annotated[list[Choice], Field(min_length=1, max_length=30)]


class AnswersQuery(Query):
    """Which answers; only those that hold now unless a status is asked for."""

    kind: Literal["answer", "briefing"] | None = None
    status: Annotated[
        Literal["draft", "published", "replaced", "withdrawn"] | None, Field(description="Left out: those that hold now.")
    ] = None
    tag: Tag | None = None
    product: Label | None = None
    owner: Account | None = None
    expires_before: Annotated[Instant, Field(description="For owners: what has to be renewed soon.")] | None = None
    q: Annotated[Line, Field(description="In titles and texts, in either language.")] | None = None
    cursor: Id | None = None
    limit: Limit = 50


class Article(Out):
    """A version of an answer or a briefing, in the language of the request."""

    id: Annotated[UUID, Field(description="Of the article; its versions share it.")]
    version: int
    kind: Literal["answer", "briefing"]
    status: Literal["draft", "published", "expired", "replaced", "withdrawn"]
    title: str
    text: str
    why: str
    tags: list[str]
    product: str | None
    owner: str
    valid_from: datetime
    expires_at: datetime
    pass_percent: int | None
    by: str
    at: datetime
    published_by: str | None
    published_at: datetime | None
    ended_at: datetime | None
    ended_why: str | None


class ArticleSeen(Article):
    """A version with who has read it and how many say that it is wrong."""

    expiring: Annotated[bool, Field(description="It ends soon (policy: answers.expiring_days).")]
    read_at: Annotated[datetime | None, Field(description="When you confirmed having read this version.")]
    readers: int
    doubts: int


class ArticlePage(Out):
    """A page, the newest first."""

    items: list[ArticleSeen]
    next_cursor: Cursor


class ArticleList(Out):
    """What holds for this complaint: its tags, its cause, the customer's plan."""

    items: list[ArticleSeen]


class DoubtOut(Out):
    """What somebody said is wrong with it."""

    by: str
    at: datetime
    words: str


class ArticleVersions(Out):
    """All versions of an article, the newest first, with what is said against the newest."""

    items: list[ArticleSeen]
    doubts: list[DoubtOut]


class AskedQuestion(Out):
    """A question as it is asked."""

    question: str
    options: list[str]


class Briefing(ArticleSeen):
    """A briefing with its questions and how this person did."""

    questions: list[AskedQuestion]
    tries: int
    best_percent: int | None
    passed_at: datetime | None


class BriefingList(Out):
    """The briefings that hold now, those still to be passed first."""

    items: list[Briefing]


class TestResult(Out):
    """How a try went."""

    id: UUID
    version: int
    percent: int
    pass_percent: int
    passed: bool


class MissingBriefing(Out):
    """A briefing that stands in the way."""

    id: UUID
    version: int
    title: str


class OfferedProduct(Out):
    """Whether a product may be offered by this person, and if not, why."""

    product: str
    allowed: bool
    why: str | None
    missing: list[MissingBriefing]


class OfferedList(Out):
    """The products of the catalogue and of the briefings."""

    items: list[OfferedProduct]
