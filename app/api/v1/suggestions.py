"""Suggestions of customers, handlers and shops; the cause of a complaint, once it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.access.answers import Answer
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import changed, dumps, ok, picked
from app.api.v1.schemas import suggestions as io
from app.commitments.causes import Cause
from app.desk import causes, suggesting
from app.desk.once import once
from app.desk.suggesting import Suggested, Wanted
from app.desk.tagging import titles
from app.texts import Lang, say

suggestions = Operations("knowledge")
ETAG: Final = {"ETag": "The version of the complaint, for If-Match."}
MAY_CONFLICT: Final = frozenset({409})
_ITEM: Final = {"answer_suggestion": {"id": "$response.body#/id"}, "tell_suggester": {"id": "$response.body#/id"}}
_BRIEF: Final = picked(io.SuggestionBrief)


@suggestions.post(
    "/v1/complaints/{id:uuid}/suggestions",
    {201: Gives("Kept.", io.SuggestionAdded, ETAG, leads_to={"answer_suggestion": {"id": "$response.body#/item/id"}})},
    body=io.SuggestionBody,
    problems=MAY_CONFLICT,
    examples={
        "customer": {"source": "customer", "words": "Send a text message before the free month ends.", "tag": "sales.gift_ended"}
    },
)
async def suggest_here(call: Call, body: io.SuggestionBody) -> Sent:
    """Keep a suggestion that came with a complaint.

    Its words are sealed under the customer's key. The policy (section `feedback`) says who answers it, by its tag and product.
    """
    made = Suggested(body.source, body.words, body.tag, body.product)
    render = changed(call.desk, call.lang, _BRIEF, status=201)
    return await suggesting.suggest(call.desk, call.actor, call.by, call.id, made, call.reply(render))


@suggestions.post(
    "/v1/suggestions",
    {201: Gives("Kept.", io.SuggestionBrief, leads_to=_ITEM)},
    body=io.HouseSuggestionBody,
    examples={"shop": {"source": "shop", "words": "Print the end of the promotion on the receipt.", "tag": "tariff.promo_end"}},
)
async def suggest(call: Call, body: io.HouseSuggestionBody) -> Sent:
    """Keep a suggestion of a handler or a shop that belongs to no complaint."""
    made = Suggested(body.source, body.words, body.tag, body.product)
    return await once(call.desk, call.same, suggesting.suggesting(call.desk, call.by, made, _rendered(201)))


@suggestions.get("/v1/suggestions", {200: Gives("A page.", io.SuggestionPage)}, query=io.SuggestionsQuery)
async def list_suggestions(call: Call, query: io.SuggestionsQuery) -> Sent:
    """List suggestions, the newest first; with `mine` those that you have to answer."""
    wanted = Wanted(query.status, query.source, query.tag, query.product, query.complaint, call.actor if query.mine else None)
    rows = await suggesting.listed(call.desk, wanted, query.cursor, query.limit + 1)
    shown = rows[: query.limit]
    cursor = shown[-1]["id"] if len(rows) > query.limit else None
    return ok({"items": [suggestion_json(row, call.lang) for row in shown], "next_cursor": cursor})


@suggestions.post(
    "/v1/suggestions/{id:uuid}/answer",
    {200: Gives("Answered.", io.SuggestionBrief, leads_to={"tell_suggester": {"id": "$response.body#/id"}})},
    body=io.SuggestionAnswerBody,
    examples={"done": {"words": "From May on a text message goes out ten days before."}},
)
async def answer_suggestion(call: Call, body: io.SuggestionAnswerBody) -> Sent:
    """Answer a suggestion, as its owner. Whoever has to tell the suggester gets a notice."""
    return await suggesting.answer(call.desk, call.actor, call.by, call.id, body.words, call.same, _rendered(200))


@suggestions.post(
    "/v1/suggestions/{id:uuid}/told",
    {200: Gives("Told.", io.SuggestionBrief)},
    body=io.SuggestionToldBody,
    examples={"by phone": {"how": "phone"}},
)
async def tell_suggester(call: Call, body: io.SuggestionToldBody) -> Sent:
    """Record that the suggester was told the answer, and how."""
    return await suggesting.tell(call.desk, call.by, call.id, body.how, call.same, _rendered(200))


@suggestions.post(
    "/v1/complaints/{id:uuid}/cause",
    {201: Gives("Confirmed.", io.CauseAdded, ETAG)},
    body=io.CauseBody,
    problems=MAY_CONFLICT,
    examples={"promotion": {"tag": "tariff.promo_end", "evidence": "The order of May says 12 months.", "product": "gotone_80_200"}},
)
async def confirm_cause(call: Call, body: io.CauseBody) -> Sent:
    """Set the confirmed cause, at the diagnosis or after it, with the evidence.

    It is a leaf of the tag library and stands apart from `tags`, which are what was supposed. A later finding ends the earlier.
    """
    found = Cause(body.tag, body.evidence, body.product, body.place)
    render = changed(call.desk, call.lang, picked(io.CauseBrief), status=201)
    return await causes.confirm_cause(call.desk, call.actor, call.by, call.id, found, call.reply(render))


@suggestions.get("/v1/complaints/{id:uuid}/causes", {200: Gives("What was found.", io.CauseList)})
async def list_causes(call: Call) -> Sent:
    """List the confirmed causes of a complaint, the latest first, each with its evidence."""
    rows = await causes.causes_of(call.desk, call.id)
    named = await titles(call.desk, [row["tag"] for row in rows], call.lang)
    brief = picked(io.CauseBrief)
    erased = say(call.lang, "access.erased")
    return ok({"items": [{**brief(r), "title": named[r["tag"]], "evidence": r["evidence"] or erased} for r in rows]})


def suggestion_json(row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """A suggestion with its opened words."""
    erased = say(lang, "access.erased")
    answer = row["answer"] if row["answer"] is not None or row["answered_at"] is None else erased
    return {**_BRIEF(row), "words": row["words"] or erased, "answer": answer}


def _rendered(status: int) -> Any:
    def render(row: Mapping[str, Any]) -> Answer:
        return Answer(status, {}, dumps(_BRIEF(row)))

    return render
