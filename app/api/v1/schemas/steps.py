"""Bodies of steps: one, several in order, the same one for many complaints."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from app.api.v1.schemas.fields import Body, Id, Name, Words, distinct
from app.desk.bulk import MAX_BULK
from app.desk.transition import MAX_STEPS

Data = Annotated[
    dict[str, Any],
    Field(description="The fields of the step's form; `GET …/actions` gives its JSON Schema."),
]


class Step(Body):
    """One step of the workflow."""

    transition: Annotated[Name, Field(description="As `GET …/actions` names it.")]
    data: Data = Field(default_factory=dict)
    note: Words | None = None


class Steps(Body):
    """Several steps in order: all of them or none."""

    steps: Annotated[list[Step], Field(min_length=1, max_length=MAX_STEPS)]


def _form(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    return "<steps>" if "steps" in value else "<step>"


StepBody = Annotated[
    Annotated[Step, Tag("<step>")] | Annotated[Steps, Tag("<steps>")],
    Discriminator(_form, custom_error_type="field_object", custom_error_message="field_object"),
]


class BulkBody(Body):
    """The same step for many complaints; each has its own result."""

    ids: Annotated[list[Id], *distinct(MAX_BULK, 1)]
    transition: Name
    data: Data = Field(default_factory=dict)
    note: Words | None = None
