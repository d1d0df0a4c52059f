"""Published definitions that other programs read: tags, plans, segments."""

from __future__ import annotations

import asyncio

import yaml

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import ok
from app.api.v1.schemas.answers_more import Reference
from app.catalogue.definitions import current
from app.errors import NotFound

reference = Operations("reference")
ETAG = {"ETag": "The version of the definition."}
GIVEN = {200: Gives("As published.", Reference, ETAG)}


@reference.get("/v1/tags", GIVEN, problems=frozenset({404}))
async def read_tags(call: Call) -> Sent:
    """Read the tag library as it is published."""
    return await _published(call, "tags")


@reference.get("/v1/plans", GIVEN, problems=frozenset({404}))
async def read_plans(call: Call) -> Sent:
    """Read the plans as they are published."""
    return await _published(call, "plans")


@reference.get("/v1/segments", GIVEN, problems=frozenset({404}))
async def read_segments(call: Call) -> Sent:
    """Read the table of segments: how each group of customers is served."""
    return await _published(call, "segments")


async def _published(call: Call, name: str) -> Sent:
    async with call.desk.runtime.db.read() as conn:
        found = await current(conn, name, name)
    if found is None:
        raise NotFound(what=name)
    content = await asyncio.to_thread(yaml.load, found.text, yaml.CSafeLoader)
    return ok({"name": name, "version": found.version, "published_at": found.at, "definition": content}, version=found.version)
