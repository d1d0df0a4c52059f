"""What the answers of the API hold, made from the OpenAPI document."""

# ruff: noqa: INP001 - pages stand here, no package
from __future__ import annotations

from collections.abc import Iterator

from app.api.v1.all import OPERATIONS
from app.api.v1.docs_page import shape_of
from app.api.v1.openapi import document
from docs.reference.from_code import code, table


def schemas() -> Iterator[str]:
    """Every named body and answer with its fields."""
    for name, schema in sorted(document(OPERATIONS)["components"]["schemas"].items()):
        yield from ("", f"## {name}", "")
        if told := schema.get("description"):
            yield from (" ".join(told.split()), "")
        required = set(schema.get("required", ()))
        rows = (
            [code(field), shape_of(shape), "yes" if field in required else "", shape.get("description", "")]
            for field, shape in schema.get("properties", {}).items()
        )
        yield from table(["field", "form", "always", "meaning"], rows)
