"""Promises to customers: made, ended, told, listed, reported."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import changed, ok, picked
from app.api.v1.schemas import commitments_out as out
from app.api.v1.schemas.commitments import (
    PromiseBody,
    PromiseByTime,
    PromiseInWords,
    PromiseOutcomeBody,
    PromiseReportQuery,
    PromisesQuery,
    PromiseToldBody,
)
from app.api.v1.worded import opened, shown
from app.commitments.queries import Wanted, page
from app.commitments.report import Kept, kept_by, together
from app.commitments.tables import promise
from app.desk import promises as desk
from app.errors import Invalid, Reason
from app.texts import say

promises = Operations("promises")
ETAG: Final = {"ETag": "The version of the complaint, for If-Match."}
MAY_CONFLICT: Final = frozenset({409})
ID: Final[dict[str, Any]] = {"type": "string", "format": "uuid"}
_NEXT: Final = {"id": "$response.body#/complaint/id", "promise_id": "$response.body#/item/id"}
_PATH: Final = {"promise_id": ID}
_KEYS: Final = {"handler": "owner", "team": "team", "department": "department"}


@promises.post(
    "/v1/complaints/{id:uuid}/promises",
    {201: Gives("Promised.", out.PromiseAdded, ETAG, leads_to={"end_promise": _NEXT})},
    body=PromiseBody,
    problems=MAY_CONFLICT,
    examples={
        "card": {"kind": "deliver_card", "due_at": "2099-03-24T18:00:00+08:00", "text": "The card reaches you within two weeks."},
        "in words": {"kind": "call_back", "due": "tomorrow 10"},
    },
)
async def add_promise(call: Call, body: PromiseByTime | PromiseInWords) -> Sent:
    """Promise something to the customer by a date.

    `due_at` is a time, or `due` words for one ("within two weeks", 下周三前), read on the calendar of the department. A date
    before the department's lead time, or before it has taken work on, is for a supervisor; or promise to tell the progress
    (`word`: progress). A refusal names the earliest date that would be admitted, and the words to say.
    """
    render = changed(call.desk, call.lang, picked(out.Promise), status=201)
    due = body.due_at if isinstance(body, PromiseByTime) else body.due
    return await desk.add_promise(
        call.desk, call.actor, call.by, call.id, body.kind, due, body.text, call.reply(render), owner=body.owner, word=body.word
    )


@promises.post(
    "/v1/complaints/{id:uuid}/promises/{promise_id:uuid}/outcome",
    {200: Gives("Ended.", out.PromiseAdded, ETAG, leads_to={"tell_promise": _NEXT})},
    body=PromiseOutcomeBody,
    problems=MAY_CONFLICT,
    path_params=_PATH,
    examples={
        "kept": {"status": "kept", "evidence": "Delivery receipt seen.", "evidence_kind": "receipt", "reference": "SF 1024"},
    },
)
async def end_promise(call: Call, body: PromiseOutcomeBody) -> Sent:
    """Say how a promise ended: kept (with the evidence), broken, or withdrawn (with the reason).

    At its due date an open promise is broken by itself. Kept after that it is `kept_late`, and still counts as broken. One kept
    in time and recorded later is sent with `kept_at`: by that it counts as kept, though it was taken for broken meanwhile.
    """
    render = changed(call.desk, call.lang, picked(out.Promise))
    ended = (call.path["promise_id"], body.status, body.evidence)
    proof: dict[str, Any] = {"kind": body.evidence_kind, "reference": body.reference, "kept_at": body.kept_at}
    return await desk.end_promise(call.desk, call.actor, call.by, call.id, *ended, call.reply(render), **proof)


@promises.post(
    "/v1/complaints/{id:uuid}/promises/{promise_id:uuid}/told",
    {200: Gives("Told.", out.PromiseAdded, ETAG)},
    body=PromiseToldBody,
    problems=MAY_CONFLICT,
    path_params=_PATH,
    examples={"by phone": {"channel": "phone"}},
)
async def tell_promise(call: Call, body: PromiseToldBody) -> Sent:
    """Say that the customer was told how a promise ended: when, and by which channel."""
    render = changed(call.desk, call.lang, picked(out.Promise))
    said = (call.path["promise_id"], body.channel, body.at)
    return await desk.tell_promise(call.desk, call.actor, call.by, call.id, *said, call.reply(render))


@promises.get("/v1/promises", {200: Gives("A page of promises.", out.PromisePage)}, query=PromisesQuery)
async def list_promises(call: Call, query: PromisesQuery) -> Sent:
    """List promises, those due first.

    `likely_break`: open ones that are nearly due, or due before the work they hang on, and not done yet.
    """
    wanted = Wanted(
        call.desk.runtime.clock.now(), **query.model_dump(exclude={"cursor", "limit", "status"}), status=query.status or None
    )
    async with call.desk.runtime.db.read() as conn:
        rows, cursor = await page(conn, promise, wanted, query.cursor, query.limit)
        texts = await opened(call, conn, rows, "text", "evidence")
    items = [{**picked(out.PromiseListed)(row), **shown(call, row, texts, "text", "evidence")} for row in rows]
    return ok({"items": items, "next_cursor": cursor})


@promises.get("/v1/reports/promises", {200: Gives("The report.", out.PromiseReport)}, query=PromiseReportQuery)
async def report_promises(call: Call, query: PromiseReportQuery) -> Sent:
    """Report how the promises that fell due in a period were kept: by handler, team or department, with the rows behind."""
    if query.to <= query.from_:
        raise Invalid(Reason("period_backwards", "to"))
    async with call.desk.runtime.db.read() as conn:
        groups = await kept_by(conn, query.by, query.from_, query.to)
    return ok(
        {
            "definition": say(call.lang, "promises.counted"),
            "by": query.by,
            "from": query.from_,
            "to": query.to,
            "whole": _group(query, together(groups), None),
            "items": [_group(query, one, _KEYS[query.by]) for one in groups],
        }
    )


def _group(query: PromiseReportQuery, kept: Kept, key: str | None) -> dict[str, Any]:
    pairs = {"due_from": query.from_.isoformat(), "due_before": query.to.isoformat()}
    if key is not None and kept.key is not None:
        pairs[key] = str(kept.key)
    return {
        "id": kept.key if query.by == "handler" else None,
        "name": kept.name,
        "counts": kept.counts,
        "rate": kept.rate,
        "rows": f"/v1/promises?{urlencode(pairs)}",
    }
