"""Briefings: read, passed; and which products a person may offer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import yaml

from app.access.answers import Answer
from app.api.v1.answers import seen
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, ok
from app.api.v1.schemas import knowledge as io
from app.catalogue import answers as room
from app.catalogue.answers import Wanted
from app.catalogue.briefings import may_offer
from app.catalogue.definitions import current
from app.desk import answering
from app.texts import say

briefings = Operations("knowledge")
MOST = 200


@briefings.get(
    "/v1/me/briefings",
    {200: Gives("The briefings.", io.BriefingList, leads_to={"pass_briefing": {"id": "$response.body#/items/0/id"}})},
)
async def list_my_briefings(call: Call) -> Sent:
    """See the briefings that hold now, with their questions and how you did; those still to be passed first."""
    db, now = call.desk.runtime.db, call.desk.runtime.clock.now()
    async with db.read() as conn:
        rows = await room.listed(conn, db.dialect, Wanted("briefing", holding=now), None, MOST)
        tried = await room.tries(conn, call.actor.id, [row["id"] for row in rows])
    items = []
    for row, shown in zip(rows, await seen(call, rows), strict=True):
        mine = tried.get(row["id"], [])
        asked = [
            {"question": q["question"][call.lang], "options": [one[call.lang] for one in q["options"]]} for q in row["questions"]
        ]
        best = max((one["percent"] for one in mine), default=None)
        passed = min((one["at"] for one in mine if one["passed"]), default=None)
        items.append({**shown, "questions": asked, "tries": len(mine), "best_percent": best, "passed_at": passed})
    return ok({"items": sorted(items, key=lambda one: one["passed_at"] is not None)})


@briefings.post(
    "/v1/briefings/{id:uuid}/pass",
    {200: Gives("How it went.", io.TestResult)},
    body=io.TestBody,
    examples={"two questions": {"answers": [0, 2]}},
)
async def pass_briefing(call: Call, body: io.TestBody) -> Sent:
    """Answer the questions of a briefing that you have confirmed to have read. Every try is kept."""

    def render(row: Mapping[str, Any], percent: int, passed: bool) -> Answer:
        told = {"id": row["article_id"], "version": row["version"], "percent": percent, "pass_percent": row["pass_percent"]}
        return Answer(200, {}, dumps({**told, "passed": passed}))

    return await answering.take_test(call.desk, call.by, call.id, body.answers, call.same, render)


@briefings.get("/v1/me/products", {200: Gives("The products.", io.OfferedList)})
async def list_my_products(call: Call) -> Sent:
    """See which products you may offer, and of the others which briefing you have not passed in its present version."""
    db, now = call.desk.runtime.db, call.desk.runtime.clock.now()
    async with db.read() as conn:
        table = await room.offering(conn, now, call.actor.id)
        held = await room.listed(conn, db.dialect, Wanted("briefing", holding=now), None, MOST)
        plans = await current(conn, "plans", "plans")
    known = [] if plans is None else await asyncio.to_thread(_products, plans.text)
    titles = {row["id"]: row[f"title_{call.lang}"] for row in held}
    items = []
    for product in sorted({*known, *(one.product for one in table.briefings)}):
        verdict = may_offer(table, call.actor.id, product, now)
        missing = [{"id": b.article_id, "version": b.version, "title": titles.get(b.version_id, "")} for b in verdict.missing]
        why = None if verdict.allowed else say(call.lang, "feedback.briefing_missing")
        items.append({"product": product, "allowed": verdict.allowed, "why": why, "missing": missing})
    return ok({"items": items})


def _products(text: str) -> list[str]:
    """The ids in the published plans: of whatever list of things that can be sold it has."""
    content = yaml.load(text, yaml.CSafeLoader)
    parts = [part for part in content.values() if isinstance(part, list)] if isinstance(content, dict) else []
    return [str(one["id"]) for part in parts for one in part if isinstance(one, dict) and "id" in one]
