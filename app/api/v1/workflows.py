"""Workflows: published versions, drawn, checked, published, and complaints moved from one version to another."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import yaml
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.answers import Answer
from app.access.vault import DataKey
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, etag, ok
from app.api.v1.schemas import answers_more as out
from app.api.v1.schemas.workflows import DiagramQuery, MigrateBody, VersionQuery
from app.catalogue.definitions import Published, listed, publish, version_of
from app.desk.agreement import check_agreement
from app.desk.desk import WORKFLOW
from app.desk.once import once
from app.desk.publishing import Move, preview, run_move
from app.errors import NotFound
from app.workflow.definition import Definition
from app.workflow.loader import load
from app.workflow.problems import DefinitionError

workflows = Operations("workflows")
YAML: Final[dict[str, dict[str, Any]]] = {"application/yaml": {"schema": {"description": "A YAML document, UTF-8."}}}
_NAME: Final[dict[str, Any]] = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,47}$", "example": "complaint"}
_VERSION: Final[dict[str, Any]] = {"type": "integer", "minimum": 1, "maximum": 999_999_999, "example": 1}
_PATH: Final = {"name": _NAME, "version": _VERSION}
SOURCE: Final = "workflow.yaml"
_NEWEST: Final = {"name": "$response.body#/items/0/name"}
_ONWARD: Final = {
    **dict.fromkeys(("list_versions", "migrate_workflow"), _NEWEST),
    **{key: {**_NEWEST, "version": "$response.body#/items/0/version"} for key in ("read_version", "draw_version")},
}


@workflows.get("/v1/workflows", {200: Gives("The workflows.", out.WorkflowList, leads_to=_ONWARD)})
async def list_workflows(call: Call) -> Sent:
    """List the workflows, each in the version on which new complaints start."""
    async with call.desk.runtime.db.read() as conn:
        found = await listed(conn, WORKFLOW)
    return ok({"items": [_info(one, current=True) for one in found]})


@workflows.post(
    "/v1/workflows",
    {201: Gives("Published.", out.Published), 200: Gives("This text was the current version already.", out.Published)},
    raw=YAML,
)
async def publish_workflow(call: Call) -> Sent:
    """Publish a workflow as its next version.

    It is checked first (422 `definition_invalid` names every problem with line and column). New complaints start on it;
    running ones stay on theirs until they are migrated.
    """
    text = await call.text(*YAML)
    definition = await _checked(call, text)

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        made, new = await publish(conn, call.by, call.desk.runtime.clock.now(), WORKFLOW, definition.name, text)
        return Answer(201 if new else 200, {}, dumps({**_info(made, current=True), "changed": new})), None

    return await once(call.desk, call.same_as(text.encode()), work)


async def _checked(call: Call, text: str) -> Definition:
    """The workflow in `text`. Raises DefinitionError for what is wrong in it, and for what the policy does not have."""
    definition = await asyncio.to_thread(load, text, call.desk.vocabulary, source=SOURCE)
    check_agreement(definition, (await call.desk.terms()).policy, SOURCE)
    return definition


@workflows.post("/v1/workflows:validate", {200: Gives("What was found.", out.Validation)}, raw=YAML, keyed=False)
async def validate_workflow(call: Call) -> Sent:
    """Check a workflow without publishing it: every problem with its line, its column and the nearest right name."""
    text = await call.text(*YAML)
    try:
        await _checked(call, text)
    except DefinitionError as error:
        problems = [
            {"code": p.code, "line": p.line, "column": p.column, "message": p.message.in_(call.lang), "nearest": p.nearest}
            for p in error.problems
        ]
        return ok({"valid": False, "problems": problems})
    return ok({"valid": True, "problems": []})


@workflows.post(
    "/v1/workflows/{name:name}:migrate",
    {200: Gives("What would be done, or was.", out.Migration)},
    body=MigrateBody,
    keyed=False,
    path_params=_PATH,
    problems=frozenset({409}),
    examples={"preview": {"from": 1, "to": 2, "map": {}, "preview": True}},
)
async def migrate_workflow(call: Call, body: MigrateBody) -> Sent:
    """Move running complaints to another version; with `preview` (the default) only say what would be done.

    Each complaint gets an event. It may be repeated: a complaint that was moved is not moved again.
    """
    move = Move(call.path["name"], body.from_, body.to, body.map)
    found = await preview(call.desk, move)
    moved = 0 if body.preview else await run_move(call.desk, call.actor, call.by, move)
    problems = [{"code": r.code, "message": r.message(call.lang), "where": r.where} for r in found.problems]
    return ok({"preview": body.preview, "counts": found.counts, "targets": found.targets, "problems": problems, "moved": moved})


@workflows.get("/v1/workflows/{name:name}", {200: Gives("The versions.", out.WorkflowList)}, path_params=_PATH)
async def list_versions(call: Call) -> Sent:
    """List the versions of a workflow, the newest first."""
    async with call.desk.runtime.db.read() as conn:
        found = await listed(conn, WORKFLOW, call.path["name"])
        now = await _current(conn, call.path["name"])
    if not found:
        raise NotFound(what="workflow")
    return ok({"items": [_info(one, current=one.version == now) for one in found]})


@workflows.get(
    "/v1/workflows/{name:name}/versions/{version:int}",
    {
        200: Gives(
            "The version.",
            out.WorkflowVersion,
            {"ETag": "The version."},
            media=YAML,
        )
    },
    query=VersionQuery,
    path_params=_PATH,
)
async def read_version(call: Call, query: VersionQuery) -> Sent:
    """Read a version, as JSON or as the YAML that was published."""
    published, current = await _version(call)
    headers = {"ETag": etag(published.version)}
    if query.format == "yaml":
        return Answer(200, {**headers, "Content-Type": "application/yaml; charset=utf-8"}, published.text.encode()), False
    definition = await asyncio.to_thread(yaml.load, published.text, yaml.CSafeLoader)
    return Answer(200, headers, dumps({**_info(published, current=current), "definition": definition})), False


@workflows.get(
    "/v1/workflows/{name:name}/versions/{version:int}/diagram",
    {
        200: Gives(
            "The picture.", media={"text/plain": {"schema": {"type": "string"}}, "image/svg+xml": {"schema": {"type": "string"}}}
        )
    },
    query=DiagramQuery,
    path_params=_PATH,
)
async def draw_version(call: Call, query: DiagramQuery) -> Sent:
    """Draw a version: as Mermaid text, or as SVG with its own layout."""
    await _version(call)
    definition = await call.desk.workflow(call.path["name"], call.path["version"])
    kind = "image/svg+xml" if query.format == "svg" else "text/plain; charset=utf-8"
    drawn = await asyncio.to_thread(_draw, definition, query, query.lang or call.lang)
    return Answer(200, {"Content-Type": kind}, drawn.encode()), False


def _draw(definition: Definition, query: DiagramQuery, lang: Any) -> str:
    if query.format == "svg":
        from app.workflow.svg import svg

        return svg(definition, lang)
    from app.workflow.diagram import mermaid

    return mermaid(definition, lang)


async def _version(call: Call) -> tuple[Published, bool]:
    name, version = call.path["name"], call.path["version"]
    if version > _VERSION["maximum"]:
        raise NotFound(what="workflow")
    async with call.desk.runtime.db.read() as conn:
        published = await version_of(conn, WORKFLOW, name, version)
        now = await _current(conn, name)
    if published is None:
        raise NotFound(what="workflow")
    return published, now == version


async def _current(conn: AsyncConnection, name: str) -> int | None:
    return next((one.version for one in await listed(conn, WORKFLOW) if one.name == name), None)


def _info(published: Published, *, current: bool) -> dict[str, Any]:
    return {
        "name": published.name,
        "version": published.version,
        "current": current,
        "sha256": published.sha256,
        "published_by": published.published_by,
        "published_at": published.at,
    }
