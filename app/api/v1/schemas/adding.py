"""Bodies of what is added to a complaint: notes, contacts, promises, work orders."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from app.api.v1.schemas.complaints import Channel
from app.api.v1.schemas.fields import Body, Emotion, Instant, Label, Line, Name, Story, Verification, Words, custom


class NoteBody(Body):
    """A note."""

    text: Story


class ContactBody(Body):
    """A touch by any channel: who was proved to be there, how the customer felt at start and end."""

    direction: Literal["in", "out"]
    channel: Channel
    outcome: Literal["answered", "no_answer", "busy", "refused", "wrong_number"] = "answered"
    verification: Verification = 0
    relation: Annotated[Name, Field(max_length=40, description="To the account holder.", examples=["self"])] = "unknown"
    emotion_start: Emotion | None = None
    emotion_end: Emotion | None = None
    note: Words | None = None
    at: Annotated[Instant, Field(description="When it took place, if not now; not in the future.")] | None = None


class PromiseBody(Body):
    """A dated promise to the customer."""

    kind: Annotated[Name, Field(examples=["call_back"])]
    due_at: Annotated[Instant, Field(description="In the future.")]
    text: Words | None = None


class PromiseOutcomeBody(Body):
    """How a promise ended."""

    status: Literal["kept", "broken", "withdrawn"]
    evidence: Words | None = None


class WorkOrderBody(Body):
    """A request to a department."""

    department: Label
    request: Words
    due_at: Annotated[Instant, Field(description="In the future.")] | None = None


class WorkOrderMoveBody(Body):
    """Where a work order goes next; feeding back needs the answer."""

    status: Literal["assigned", "in_progress", "fed_back", "told", "cancelled"]
    answer: Words | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"status": {"const": "fed_back"}}},
            "then": {"required": ["answer"], "properties": {"answer": {"type": "string"}}},
        }
    )

    @model_validator(mode="after")
    def _answered(self) -> WorkOrderMoveBody:
        if self.status == "fed_back" and self.answer is None:
            raise custom("answer_missing")
        return self


class ConsentBody(Body):
    """A consent given, refused or withdrawn, with how that is known."""

    purpose: Annotated[Name, Field(max_length=40, examples=["marketing"])]
    channel: Annotated[Name, Field(max_length=40, examples=["sms"])]
    status: Literal["granted", "denied", "withdrawn"]
    evidence: Evidence


class Evidence(Body):
    """How a consent is known: by what means, and where the proof lies. No personal data."""

    kind: Annotated[Name, Field(max_length=40, examples=["recorded_call"])]
    reference: Line | None = None


ConsentBody.model_rebuild()
