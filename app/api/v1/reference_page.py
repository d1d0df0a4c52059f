"""The reference page docs/reference/api.md, from the operations: `python -m app.api.v1.reference_page > docs/reference/api.md`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from app.api.v1.all import OPERATIONS
from app.api.v1.docs_page import curl, shape_of
from app.api.v1.openapi import TAGS, document
from app.texts import catalogue

Json = Mapping[str, Any]


def page() -> str:
    """The whole page."""
    return "\n".join(_page(document(OPERATIONS))) + "\n"


def _page(api: Json) -> Iterator[str]:
    yield "# HTTP API\n"
    yield "<!-- Written from the operations: python -m app.api.v1.reference_page > docs/reference/api.md -->\n"
    yield api["info"]["description"] + "\n"
    yield "A running service shows the same at `/docs` (English and Chinese) and, for programs, at `/openapi.json`."
    for tag, told in TAGS.items():
        yield f"\n## {tag.capitalize()}\n\n{told}"
        for path, methods in api["paths"].items():
            for method, operation in methods.items():
                if tag in operation["tags"]:
                    yield from _one(api, path, method.upper(), operation)
    yield "\n## Codes of errors\n\n| code | what it says |\n|---|---|"
    for key, text in catalogue("en").items():
        if key.startswith("problems."):
            yield f"| `{key.split('.', 1)[1]}` | {_cell(text)} |"


def _one(api: Json, path: str, verb: str, operation: Json) -> Iterator[str]:
    yield f"\n### {verb} {path}\n\n{operation['summary']}.\n"
    rest = operation.get("description", "").partition("\n")[2].strip()
    if rest:
        yield rest + "\n"
    roles = ", ".join(operation.get("x-roles", ()))
    yield f"Open to: {roles or 'everybody, no token'}. Answers: {', '.join(operation['responses'])}.\n"
    rows = [*_parameters(operation), *_fields(api, operation)]
    if rows:
        yield "| field | where | form | meaning |\n|---|---|---|---|"
        yield from rows
        yield ""
    yield f"```sh\n{curl(path, verb, operation)}\n```"
    for status, gives in operation["responses"].items():
        schema = gives.get("content", {}).get("application/json", {}).get("schema")
        if status.startswith("2") and schema:
            yield f"\n{status}: `{shape_of(schema)}`"
    examples = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("examples", {})
    for example in list(examples.values())[1:]:
        yield f"\nAnother body ({example['summary']}): `{json.dumps(example['value'], ensure_ascii=False)}`"


def _parameters(operation: Json) -> Iterator[str]:
    for found in operation["parameters"]:
        yield _row(found["name"], found["in"], found["schema"], found.get("description", ""), required=found["required"])


def _fields(api: Json, operation: Json) -> Iterator[str]:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    forms = schema.get("oneOf", [schema])
    for number, form in enumerate(forms, 1):
        place = "body" if len(forms) == 1 else f"body ({number})"
        shape = api["components"]["schemas"][form["$ref"].rsplit("/", 1)[-1]] if "$ref" in form else form
        for name, inner in shape.get("properties", {}).items():
            yield _row(name, place, inner, inner.get("description", ""), required=name in shape.get("required", ()))


def _row(name: str, where: str, schema: Json, told: str, *, required: bool) -> str:
    must = " (required)" if required else ""
    return f"| `{name}`{must} | {where} | {_cell(shape_of(schema))} | {_cell(told)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.stdout.buffer.write(page().encode())
