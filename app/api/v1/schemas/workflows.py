"""Bodies and query strings about workflows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from app.api.v1.schemas.fields import NAME, Body, Name, Version
from app.api.v1.schemas.queries import Query
from app.texts import Lang

Stages = Annotated[
    dict[Name, Name],
    Field(max_length=200),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": 200,
            "propertyNames": {"pattern": NAME},
            "additionalProperties": {"type": "string", "pattern": NAME},
            "description": "Old stage → new stage, where the name changes.",
        }
    ),
]


class MigrateBody(Body):
    """Which complaints to move where."""

    from_: Annotated[Version, Field(alias="from")]
    to: Version
    map: Stages = Field(default_factory=dict)
    preview: Annotated[bool, Field(description="Only say what would be done.")] = True


class VersionQuery(Query):
    """How to show a version."""

    format: Annotated[Literal["json", "yaml"], Field(description="`yaml`: the text as it was published, with its comments.")] = (
        "json"
    )


class DiagramQuery(Query):
    """How to draw a version."""

    format: Literal["mermaid", "svg"] = "mermaid"
    lang: Lang | None = None
