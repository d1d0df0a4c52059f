"""Promises, work orders and consults: what comes in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from app.api.v1.schemas.complaints import Channel
from app.api.v1.schemas.fields import Body, Id, Instant, Label, Line, Name, Words, custom, distinct
from app.api.v1.schemas.queries import Cursor, Flag, Limit, Query


class _Promising(Body):
    kind: Annotated[Name, Field(description="A kind of the policy's section `promises`.", examples=["call_back"])]
    text: Words | None = None
    owner: Annotated[Id, Field(description="Who answers for it; the complaint's owner unless named.")] | None = None
    word: (
        Annotated[
            Literal["result", "progress"],
            Field(description="Done by then, or told by then how far it is; as the kind has it unless named."),
        ]
        | None
    ) = None


class PromiseByTime(_Promising):
    """A promise by a moment."""

    due_at: Annotated[Instant, Field(description="In the future.")]


class PromiseInWords(_Promising):
    """A promise by a date as people say it, read on the calendar of the department."""

    due: Annotated[Label, Field(description="Such as “within two weeks” or 下周三前.", examples=["within two weeks"])]


def _due_form(value: Any) -> str | None:
    return next((f"<{name}>" for name in ("due_at", "due") if isinstance(value, dict) and name in value), None)


PromiseBody = Annotated[
    Annotated[PromiseByTime, Tag("<due_at>")] | Annotated[PromiseInWords, Tag("<due>")],
    Discriminator(_due_form, custom_error_type="due_missing", custom_error_message="due_missing"),
]


class PromiseOutcomeBody(Body):
    """How a promise ended. Keeping it needs evidence or a reference, withdrawing it the reason (in `evidence`)."""

    status: Literal["kept", "broken", "withdrawn"]
    evidence: Words | None = None
    evidence_kind: Literal["words", "receipt", "system", "recording", "document", "customer"] = "words"
    reference: Annotated[Line, Field(description="Number of the receipt, order, recording …")] | None = None
    kept_at: Annotated[Instant, Field(description="When it was kept, if not now; not before it was made.")] | None = None


class PromiseToldBody(Body):
    """That the customer was told how it ended."""

    channel: Channel
    at: Annotated[Instant, Field(description="When, if not now; not in the future.")] | None = None


class WorkOrderBody(Body):
    """A request to a department."""

    department: Annotated[Name, Field(description="Of the policy's section `departments`.", examples=["network"])]
    request: Words
    kind: Annotated[Name, Field(description="One of the department's `works`.")] | None = None
    blocking: Annotated[bool, Field(description="Whether the complaint cannot be solved without it.")] = False
    due_at: Annotated[Instant, Field(description="Not before the department's lead time, which is taken if left out.")] | None = (
        None
    )


_WORDED = ("fed_back", "returned", "received")
_MISSING = {"fed_back": "answer_missing", "returned": "question_missing", "received": "reply_missing"}


class WorkOrderMoveBody(Body):
    """Where a work order goes next. `answer`: what was done (fed_back), is asked (returned), is replied (received)."""

    status: Literal["received", "assigned", "in_progress", "returned", "fed_back", "told", "cancelled"]
    answer: Words | None = None
    assignee: Annotated[Id, Field(description="With `assigned`: to whom; yourself unless named.")] | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"status": {"enum": list(_WORDED)}}},
            "then": {"required": ["answer"], "properties": {"answer": {"type": "string"}}},
        }
    )

    @model_validator(mode="after")
    def _answered(self) -> WorkOrderMoveBody:
        if self.status in _WORDED and self.answer is None:
            raise custom(_MISSING[self.status])
        return self


class ConsultBody(Body):
    """A live question to the duty expert of a department."""

    department: Annotated[Name, Field(examples=["billing"])]
    question: Words


class ConsultAnswerBody(Body):
    """The expert's answer."""

    answer: Words


PromiseStatus = Literal["open", "kept", "kept_late", "broken", "withdrawn"]
OrderStatus = Literal["received", "assigned", "in_progress", "returned", "fed_back", "told", "cancelled"]


class PromisesQuery(Query):
    """Which promises; those due first."""

    status: Annotated[list[PromiseStatus], *distinct(5)] = Field(default_factory=list)
    likely_break: Annotated[Flag, Field(description="Open, and likely to be broken.")] | None = None
    complaint: Id | None = None
    owner: Id | None = None
    team: Label | None = None
    department: Name | None = None
    kind: Name | None = None
    told: Annotated[Flag, Field(description="Whether the customer was told how it ended.")] | None = None
    due_from: Instant | None = None
    due_before: Annotated[Instant, Field(description="Not included.")] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class WorkOrdersQuery(Query):
    """Which work orders; those due first."""

    status: Annotated[list[OrderStatus], *distinct(7)] = Field(default_factory=list)
    complaint: Id | None = None
    department: Name | None = None
    team: Label | None = None
    assignee: Id | None = None
    kind: Name | None = None
    blocking: Flag | None = None
    due_before: Annotated[Instant, Field(description="Not included.")] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class ConsultsQuery(Query):
    """Which consults; those due first."""

    status: Annotated[list[Literal["asked", "answered", "promised"]], *distinct(3)] = Field(default_factory=list)
    complaint: Id | None = None
    department: Name | None = None
    team: Label | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class PromiseReportQuery(Query):
    """The period in which the promises fell due, and how they are grouped."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_alias=True)

    from_: Annotated[Instant, Field(alias="from", description="Due at or after this.")]
    to: Annotated[Instant, Field(description="Due before this.")]
    by: Literal["handler", "team", "department"] = "handler"
