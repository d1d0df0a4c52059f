"""Two complaints about one thing."""

from __future__ import annotations

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import changed
from app.api.v1.schemas.answers import Moved
from app.api.v1.schemas.complaints import MergeBody
from app.desk.merge import merge

merging = Operations("complaints")


@merging.post(
    "/v1/complaints/{id:uuid}/merge",
    {200: Gives("Merged.", Moved, {"ETag": "The version of the complaint, for If-Match."})},
    body=MergeBody,
    if_match="required",
    problems=frozenset({409}),
    examples={"into": {"into": "0195b4f0-7c00-7000-8000-000000000001", "note": "Called twice about the same bill."}},
)
async def merge_one(call: Call, body: MergeBody) -> Sent:
    """Merge this complaint into another one of the same customer, which goes on; both histories say so."""
    reply = call.reply(changed(call.desk, call.lang))
    return await merge(call.desk, call.actor, call.by, call.id, body.into, body.note, reply, expected=call.expected)
