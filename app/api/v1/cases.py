"""Good cases: marked, listed, and suggested by likeness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.access.answers import Answer
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, ok, picked
from app.api.v1.schemas import cases as io
from app.desk import good_cases
from app.desk.good_cases import Lesson
from app.desk.similar import Alike, similar

cases = Operations("knowledge")
_BACK: Final = {"unmark_model": {"id": "$response.body#/complaint_id"}, "list_similar": {"id": "$response.body#/complaint_id"}}
CASE: Final = picked(io.GoodCase)


@cases.post(
    "/v1/complaints/{id:uuid}/model",
    {200: Gives("A preview: nothing was stored.", io.ModelPreview), 201: Gives("Marked.", io.GoodCase, leads_to=_BACK)},
    body=io.ModelBody,
    examples={
        "preview": {
            "title": "A free month that ended in silence",
            "done": "Refunded the month, and set a reminder.",
            "why": "The customer was told the date before being asked for anything.",
            "preview": True,
        }
    },
)
async def mark_model(call: Call, body: io.ModelBody) -> Sent:
    """Mark a closed complaint as a model, with its lesson.

    The words are written anew. What names a person (telephone, identity number, address, a name with its title, whatever is
    known of the customer) is refused with its place, or masked with `mask`; `preview` shows what would be kept.
    """
    lesson = Lesson(body.title, body.done, body.why, body.situation, body.tags)
    if body.preview:
        seen = await good_cases.preview(call.desk, call.id, lesson)
        return ok({**seen.fields, "found": {name: kinds for name, kinds in seen.found.items() if kinds}})
    return await good_cases.mark(call.desk, call.by, call.id, lesson, mask=body.mask, request=call.same, render=_rendered(201))


@cases.post(
    "/v1/complaints/{id:uuid}/model/withdrawal",
    {200: Gives("It is no model any more.", io.GoodCase)},
    body=io.UnmarkBody,
    examples={"outdated": {"why": "The tariff is gone."}},
)
async def unmark_model(call: Call, body: io.UnmarkBody) -> Sent:
    """Take the mark away: as whoever set it, or as a supervisor."""
    return await good_cases.unmark(call.desk, call.actor, call.by, call.id, body.why, call.same, _rendered(200))


@cases.get("/v1/cases", {200: Gives("A page.", io.GoodCasePage)}, query=io.CasesQuery)
async def list_cases(call: Call, query: io.CasesQuery) -> Sent:
    """Search the library of good cases, the newest first."""
    rows = await good_cases.listed(call.desk, query.tag, query.q, query.cursor, query.limit + 1)
    shown = rows[: query.limit]
    return ok({"items": [CASE(row) for row in shown], "next_cursor": shown[-1]["id"] if len(rows) > query.limit else None})


@cases.get("/v1/complaints/{id:uuid}/similar", {200: Gives("What is like it.", io.SimilarOut)})
async def list_similar(call: Call) -> Sent:
    """See the most similar good cases, and closed complaints by their number: by shared rare words and tags, and why."""
    models, others = await similar(call.desk, call.actor, call.id)
    plain = ("number", "tags", "cause", "closed_at", "closed_as")
    return ok(
        {
            "models": [{**_why(one), "item": CASE(one.row)} for one in models],
            "complaints": [{**_why(one), **{name: one.row[name] for name in plain}} for one in others],
        }
    )


def _why(one: Alike) -> dict[str, Any]:
    return {"score": round(min(1.0, one.score), 3), "shared_words": one.words, "shared_tags": one.tags}


def _rendered(status: int) -> Any:
    def render(row: Mapping[str, Any]) -> Answer:
        return Answer(status, {}, dumps(CASE(row)))

    return render
