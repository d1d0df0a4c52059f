"""Two complaints about one thing."""

from __future__ import annotations

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import changed
from app.api.v1.schemas.answers import Moved
from app.api.v1.schemas.complaints import MergeBody, RepeatBody, UndoBody
from app.desk.merge import link_repeat, merge, undo_merge

merging = Operations("complaints")


@merging.post(
    "/v1/complaints/{id:uuid}/merge",
    {
        200: Gives(
            "Merged.",
            Moved,
            {"ETag": "The version of the complaint, for If-Match."},
            leads_to={"undo_merge_of_one": {"id": "$response.body#/complaint/id"}},
        )
    },
    body=MergeBody,
    if_match="required",
    problems=frozenset({409}),
    examples={"into": {"into": "0195b4f0-7c00-7000-8000-000000000001", "note": "Called twice about the same bill."}},
)
async def merge_one(call: Call, body: MergeBody) -> Sent:
    """Merge this complaint into another one of the same customer, which goes on; both histories say so."""
    reply = call.reply(changed(call.desk, call.lang))
    return await merge(call.desk, call.actor, call.by, call.id, body.into, body.note, reply, expected=call.expected)


@merging.post(
    "/v1/complaints/{id:uuid}/merge/undo",
    {200: Gives("Undone.", Moved, {"ETag": "The version of the complaint, for If-Match."})},
    body=UndoBody,
    problems=frozenset({409}),
    examples={"why": {"note": "They are two different bills."}},
)
async def undo_merge_of_one(call: Call, body: UndoBody) -> Sent:
    """Undo a merge, within the time that the policy admits.

    The complaint stands again in its stage, its timers run to the times that they had. Both histories say so.
    """
    reply = call.reply(changed(call.desk, call.lang))
    return await undo_merge(call.desk, call.actor, call.by, call.id, body.note, reply)


@merging.post(
    "/v1/complaints/{id:uuid}/repeat",
    {200: Gives("Linked.", Moved, {"ETag": "The version of the complaint, for If-Match."})},
    body=RepeatBody,
    problems=frozenset({409}),
    examples={"again": {"of": "0195b4f0-7c00-7000-8000-000000000001"}},
)
async def link_repeat_of_one(call: Call, body: RepeatBody) -> Sent:
    """Say that this complaint repeats an earlier one of the customer about the same thing; null takes that back.

    `counters.repeats` says how often he had to complain of it before; guards ask `complaint.repeats`.
    """
    reply = call.reply(changed(call.desk, call.lang))
    return await link_repeat(call.desk, call.actor, call.by, call.id, body.of, reply)
