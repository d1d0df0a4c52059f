"""Bodies of what is added to a complaint: notes, contacts, consents."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from app.api.v1.schemas.complaints import Channel
from app.api.v1.schemas.fields import Body, Emotion, Instant, Line, Name, Story, Verification, Words


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
