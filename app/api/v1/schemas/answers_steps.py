"""What comes out about steps: what may be done now, and one step taken for many."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.v1.schemas.answers import Kind, Out, Problem, ReasonOut


class ActionOut(Out):
    """A step from here: open to the caller or not and why, what it asks for, what may be said once there."""

    name: str
    title: str
    to: str
    allowed: bool
    reasons: list[ReasonOut]
    form: Annotated[dict[str, Any], Field(description="JSON Schema of `data`.")]
    note_required: bool
    script: str | None


class StageOut(Out):
    """The stage in which a complaint stands, and what may be said in it."""

    name: str
    title: str
    kind: Kind
    script: str | None


class Actions(Out):
    """Every step from the present stage."""

    stage: StageOut
    items: list[ActionOut]


class BulkItem(Out):
    """What became of one complaint: `status` is that of the single request."""

    id: UUID
    status: int
    state: str | None
    version: int | None
    problem: Problem | None


class BulkResult(Out):
    """A result per complaint, in the order given."""

    items: list[BulkItem]
    taken: int
    refused: int
