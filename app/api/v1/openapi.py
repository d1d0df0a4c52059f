"""The OpenAPI document, made of the operations: exact enough that a program can test the service by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from app.api.v1.deps import PERSON
from app.api.v1.operation import JSON, Gives, Operation
from app.api.v1.permissions import allowed
from app.api.v1.problems import PROBLEM
from app.api.v1.schemas.answers import Problem

_REF: Final = "#/components/schemas/{model}"
REQUEST_ID: Final = {"X-Request-Id": "The request's id, as in the record and the log."}
PROBLEMS: Final[Mapping[int, str]] = {
    401: "No valid token.",
    403: "The caller's roles do not admit it.",
    404: "There is no such thing.",
    409: "The rules or the present state do not admit it; each reason says why.",
    412: "If-Match named a version that is no longer the present one.",
    413: "The body is too large.",
    415: "The body is of another content type.",
    422: "The request is not of the right form; each reason names the field and what to send.",
    428: "If-Match is missing, or is not one ETag as it was given.",
    503: "The service is busy; repeat with the same Idempotency-Key.",
}
_PROBLEM_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"WWW-Authenticate": "How to sign in."},
    503: {"Retry-After": "Seconds to wait."},
}
TAGS: Final = {
    "steps": "What may be done with a complaint now, and doing it.",
    "complaints": "Opening, finding, reading and changing complaints.",
    "events": "What happened.",
    "adding": "Notes and contacts of a complaint.",
    "promises": "Promises to customers: made, ended, told, listed, reported.",
    "work_orders": "Work orders to departments and live consults.",
    "knowledge": "Suggestions, causes, feedback, good cases, answers and briefings.",
    "grants": "Compensation: what is due, what is granted, who approves, what billing did with it.",
    "queue": "What to do next: leases, skips, the state of the queue.",
    "people": "People, teams, presence, and what they have to know.",
    "incidents": "One cause of many complaints: joined, told, checked, closed.",
    "appeals": "Appeals to bodies outside the house.",
    "bulk": "One command for many complaints.",
    "customers": "Customers and their consents.",
    "workflows": "The configuration of stages and steps, in versions.",
    "feeds": "Files in and out.",
    "reference": "Published definitions.",
    "audit": "The record as a whole.",
    "service": "The service itself.",
}
DESCRIPTION: Final = """The HTTP interface of Amends (转机).

Send `Authorization: Bearer <token>`. Times are RFC 3339, money is decimal yuan as text. A change of something that exists
names its version: `If-Match` with the `ETag` that was read. A POST with `Idempotency-Key` may be repeated for 24 hours: the
same key and body give the same answer again, with `Idempotency-Replayed: true`. Unknown fields and parameters are refused.
Errors are `application/problem+json` in the language of `Accept-Language` (zh or en), with a stable `code`."""


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """The document as JSON values."""
    found = list(operations)
    schemas = _Schemas(found)
    paths: dict[str, dict[str, Any]] = {}
    for operation in found:
        paths.setdefault(operation.template, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Amends",
            "version": _version(),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "`amends user token NAME --role ROLE`"}
            },
        },
    }


class _Schemas:
    """The schemas of all bodies and answers, under one set of components."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        inputs: list[tuple[Any, JsonSchemaMode, TypeAdapter[Any]]] = []
        models: dict[Any, TypeAdapter[Any]] = {Problem: TypeAdapter(Problem)}
        for operation in operations:
            if operation.body is not None:
                inputs.append((operation.name, "validation", operation.body))
            models.update(
                {gives.model: TypeAdapter(gives.model) for gives in operation.answers.values() if gives.model is not None}
            )
        inputs += [(model, "serialization", adapter) for model, adapter in models.items()]
        generator = GenerateJsonSchema(by_alias=True, ref_template=_REF)
        made, self.components = generator.generate_definitions([(key, mode, adapter.core_schema) for key, mode, adapter in inputs])
        self._made = {(key, mode): schema for (key, mode), schema in made.items()}

    def body(self, operation: Operation) -> dict[str, Any]:
        """The schema of the operation's body."""
        return dict(self._made[operation.name, "validation"])

    def answer(self, model: Any) -> dict[str, Any]:
        """The schema of an answer."""
        return dict(self._made[model, "serialization"])


def _operation(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [*_path(operation), *_query(operation.query), *_headers(operation)],
        "responses": _responses(operation, schemas),
    }
    if operation.description:
        made["description"] = operation.description
    if operation.body is not None:
        content: dict[str, Any] = {"schema": schemas.body(operation)}
        if operation.examples:
            content["examples"] = {
                name.replace(" ", "_"): {"summary": name, "value": value} for name, value in operation.examples.items()
            }
        made["requestBody"] = {"required": True, "content": {JSON: content}}
    elif operation.raw is not None:
        made["requestBody"] = {"required": True, "content": dict(operation.raw)}
    if operation.public:
        made["security"] = []
    else:
        made["security"] = [{"bearer": []}]
        made["x-roles"] = sorted(allowed(operation.method, operation.template))
    return made


def _path(operation: Operation) -> list[dict[str, Any]]:
    names = [part.partition("}")[0] for part in operation.template.split("{")[1:]]
    return [{"name": name, "in": "path", "required": True, **_parameter(operation.path_params.get(name, _ID))} for name in names]


_ID: Final[Mapping[str, Any]] = {"type": "string", "format": "uuid"}


def _parameter(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema as a parameter: what is said of it stands beside its schema."""
    rest = {name: value for name, value in schema.items() if name not in ("description", "example", "title")}
    told = {name: schema[name] for name in ("description", "example") if name in schema}
    return {"schema": rest, **told}


def _query(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(by_alias=True, ref_template=_REF)
    return [
        {"name": name, "in": "query", "required": False, **_parameter(_optional(shape))}
        for name, shape in schema["properties"].items()
    ]


def _optional(shape: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter that is left out is null inside; on the wire it has no null."""
    if "anyOf" not in shape:
        return dict(shape)
    inner = [one for one in shape["anyOf"] if one.get("type") != "null"]
    rest = {name: value for name, value in shape.items() if name not in ("anyOf", "default")}
    return {**inner[0], **rest}


def _headers(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if operation.if_match != "no":
        schema = {"type": "string", "pattern": '^"[1-9][0-9]{0,8}"$'}
        told = "The ETag that you read; another's change since then gives 412."
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": operation.if_match == "required",
                "schema": schema,
                "description": told,
                "example": '"1"',
            }
        )
    if operation.keyed:
        schema = {"type": "string", "pattern": "^[!-~]{1,255}$"}
        told = "Your own key for this request: a repeat within 24 hours gives the same answer and changes nothing."
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema, "description": told})
    if operation.delegable:
        schema = {"type": "string", "pattern": f"^{PERSON}$"}
        told = "For whom a program (role integration) acts: the account at the front end. Events name both."
        found.append({"name": "On-Behalf-Of", "in": "header", "required": False, "schema": schema, "description": told})
    return found


def _responses(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    found = {str(status): _gives(gives, operation, schemas) for status, gives in operation.answers.items()}
    for status in sorted(_statuses(operation)):
        headers = {**REQUEST_ID, **_PROBLEM_HEADERS.get(status, {})}
        content = {PROBLEM: {"schema": schemas.answer(Problem)}}
        found.setdefault(str(status), {"description": PROBLEMS[status], "headers": _described(headers), "content": content})
    return found


def _statuses(operation: Operation) -> set[int]:
    """The problems that may come: those that follow from what the operation takes, and its own."""
    found = set(operation.problems)
    if operation.public:
        return found
    found |= {401, 403, 422, 503}
    if "{" in operation.template:
        found.add(404)
    if operation.body is not None or operation.raw is not None:
        found |= {413, 415}
    if operation.if_match == "required":
        found |= {409, 412, 428}
    elif operation.if_match == "optional":
        found |= {412, 428}
    if operation.keyed:
        found.add(409)
    return found


def _gives(gives: Gives, operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    content = {media: dict(schema) for media, schema in gives.media.items()}
    if gives.model is not None:
        content = {JSON: {"schema": schemas.answer(gives.model)}, **content}
    made: dict[str, Any] = {
        "description": gives.description,
        "headers": _described({**REQUEST_ID, **gives.headers}),
        "content": content,
    }
    if gives.leads_to:
        made["links"] = {name: {"operationId": name, "parameters": dict(where)} for name, where in gives.leads_to.items()}
    if operation.keyed:
        made["headers"]["Idempotency-Replayed"] = {
            "description": "`true` when this answer was given before.",
            "required": False,
            "schema": {"type": "string", "enum": ["true"]},
        }
    return made


def _described(headers: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "required": True, "schema": {"type": "string"}} for name, text in headers.items()}


def _version() -> str:
    try:
        return version("amends")
    except PackageNotFoundError:
        return "0"
