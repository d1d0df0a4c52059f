"""Good cases, answers and briefings: what comes in and out."""

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


class ModelBody(Body):
    """The lesson of a closed complaint, written anew. What names a person is refused, or masked on demand."""

    title: Line
    done: Annotated[Words, Field(description="What was done.")]
    why: Annotated[Words, Field(description="Why it worked.")]
    situation: Annotated[Words, Field(description="What the customer met with.")] | None = None
    tags: Annotated[Tags, Field(description="Those of the complaint by default.")] = Field(default_factory=list)
    mask: Annotated[bool, Field(description="Put a mark in the place of what names a person, instead of refusing it.")] = False
    preview: Annotated[bool, Field(description="Only show what would be kept.")] = False


class UnmarkBody(Body):
    """Why it is no model any more."""

    why: Line | None = None


class ModelPreview(Out):
    """The words as they would be kept, and what was found in each field."""

    title: str
    situation: str | None
    done: str
    why: str
    found: Annotated[dict[str, list[str]], Field(description="Field → kinds of personal data: phone, name, address …")]


class GoodCase(Out):
    """A good case: its lesson names nobody."""

    id: UUID
    complaint_id: UUID
    tags: list[str]
    title: str
    situation: str | None
    done: str
    why: str
    by: str
    at: datetime
    ended_at: datetime | None


class CasesQuery(Query):
    """Which good cases."""

    tag: Tag | None = None
    q: Annotated[Line, Field(description="Words of the lesson.")] | None = None
    cursor: Id | None = None
    limit: Limit = 50


class GoodCasePage(Out):
    """A page of the case library, the newest first."""

    items: list[GoodCase]
    next_cursor: Cursor


class Alike(Out):
    """How alike, and why."""

    score: Annotated[float, Field(ge=0, le=1, description="0: nothing in common … 1.")]
    shared_words: Annotated[list[str], Field(description="Pieces of the present complaint's own words that the other has too.")]
    shared_tags: list[str]


class AlikeCase(Alike):
    """A good case that is like the complaint."""

    item: GoodCase


class AlikeComplaint(Alike):
    """A closed complaint that is like this one, by its number."""

    number: str
    tags: list[str]
    cause: str | None
    closed_at: datetime | None
    closed_as: str | None


class SimilarOut(Out):
    """What is like the complaint, the most alike first."""

    models: list[AlikeCase]
    complaints: list[AlikeComplaint]


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
