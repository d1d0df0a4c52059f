"""The queue: what should be handled next, leased; and how it stands, for those who lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.access.answers import Answer
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, ok
from app.api.v1.schemas import people as sent
from app.desk import queue as desk
from app.desk.queue_view import view
from app.desk.view import complaint_view

queue = Operations("queue")
MAY_CONFLICT: Final = frozenset({409})
_LEASE: Final = {name: {"id": "$response.body#/complaint/id"} for name in ("skip_leased", "release_leased", "extend_leased")}


@queue.get(
    "/v1/queue/next", {200: Gives("Leased, or nothing to do.", sent.QueueNext, leads_to=_LEASE)}, problems=frozenset({404, 409})
)
async def take_next(call: Call) -> Sent:
    """Take the complaint that you should handle next.

    It is in your hands until `until`: nobody else gets it meanwhile. While it waits to be worked on, asking again gives the
    same one. Once its step is taken and it waits for somebody else, the next one comes. Whoever asks is busy from then on.
    """
    taken, standing = await desk.take_next(call.desk, call.actor, call.by)
    figures = {"in_hand": standing.in_hand, "room": standing.room}
    if taken is None:
        return ok({"complaint": None, "why": None, "until": None, **figures})
    row, person = taken.complaint, taken.customer
    terms, now = await call.desk.terms(), call.desk.runtime.clock.now()
    key = call.desk.vault.unwrap(person["wrapped"]) if person["wrapped"] is not None else None
    shown = complaint_view(row, person, key, None, call.lang, terms, now)
    return ok({"complaint": shown, "why": taken.why, "until": row["leased_until"], **figures}, version=row["version"])


@queue.get("/v1/queue", {200: Gives("The queue.", sent.QueueView)}, query=sent.QueueQuery)
async def read_queue(call: Call, query: sent.QueueQuery) -> Sent:
    """See how the queue stands: by team how many wait, how old they are, who is there; and the first of it in order."""
    found = await view(call.desk, query.team, query.limit)
    terms, now = await call.desk.terms(), call.desk.runtime.clock.now()
    items = [
        {
            "complaint": complaint_view(one.complaint, one.customer, one.key, None, call.lang, terms, now),
            "holder": one.holder,
            "leased_by": one.leased_by,
            "due_at": one.due_at,
        }
        for one in found.items
    ]
    return ok({"teams": list(found.teams), "items": items})


@queue.post(
    "/v1/queue/{id:uuid}/skip",
    {200: Gives("Passed on.", sent.LeaseOut)},
    body=sent.SkipBody,
    problems=MAY_CONFLICT,
    examples={"skill": {"reason": "not_my_skill"}},
)
async def skip_leased(call: Call, body: sent.SkipBody) -> Sent:
    """Pass on a complaint that you hold, for one of the reasons of the policy; it does not come back to you for a while."""
    return await desk.skip(call.desk, call.actor, call.by, call.id, body.reason, call.same, _lease)


@queue.post("/v1/queue/{id:uuid}/release", {200: Gives("Given back.", sent.LeaseOut)}, problems=MAY_CONFLICT)
async def release_leased(call: Call) -> Sent:
    """Give back a complaint that you hold, for whoever comes next."""
    return await desk.release(call.desk, call.actor, call.by, call.id, call.same, _lease)


@queue.post("/v1/queue/{id:uuid}/extend", {200: Gives("Prolonged.", sent.LeaseOut)}, problems=MAY_CONFLICT)
async def extend_leased(call: Call) -> Sent:
    """Hold a complaint longer, as often as the policy admits."""
    return await desk.extend(call.desk, call.actor, call.by, call.id, call.same, _lease)


def _lease(made: Mapping[str, Any]) -> Answer:
    return Answer(200, {}, dumps(dict(made)))
