"""Who works on a complaint."""

from __future__ import annotations

from typing import Any, Final

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import changed
from app.api.v1.schemas.answers import Moved
from app.api.v1.schemas.complaints import AssignBody
from app.desk.assign import Assignment, assign

assignment = Operations("complaints")
_COLUMNS: Final = {"owner": "owner_id", "assignee": "assignee_id", "team": "team"}


@assignment.post(
    "/v1/complaints/{id:uuid}/assignment",
    {200: Gives("Assigned.", Moved, {"ETag": "The version of the complaint, for If-Match."})},
    body=AssignBody,
    if_match="required",
    problems=frozenset({409}),
    examples={
        "the least loaded": {"to": "auto"},
        "given back": {"to": "team", "reason": "A question of the network."},
        "to a team": {"team": "billing", "assignee": None, "reason": "A question of the bill."},
    },
)
async def assign_one(call: Call, body: dict[str, Any]) -> Sent:
    """Say who works on it now, who answers for it to the end, in which team.

    What is left out stays as it is; null clears it. The users' ids are those of `GET /v1/me` and `GET /v1/people`. Whoever is
    named is there, active and, where the policy asks for it, able to; with `to: auto` the least loaded of those is chosen, and
    with `to: team` whoever has it gives it back, for a reason.
    """
    values = {_COLUMNS[name]: value for name, value in body.items() if name in _COLUMNS}
    render = changed(call.desk, call.lang)
    to = body.get("to")
    given = Assignment(values, body.get("reason"), auto=to == "auto", back=to == "team")
    return await assign(call.desk, call.actor, call.by, call.id, given, call.reply(render), expected=call.expected)
