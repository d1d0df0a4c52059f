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
    examples={"to a team": {"team": "billing", "assignee": None, "reason": "A question of the bill."}},
)
async def assign_one(call: Call, body: dict[str, Any]) -> Sent:
    """Say who works on it now, who answers for it to the end, in which team.

    What is left out stays as it is; null clears it. The users' ids are those of `GET /v1/me`.
    """
    values = {_COLUMNS[name]: value for name, value in body.items() if name in _COLUMNS}
    render = changed(call.desk, call.lang)
    given = Assignment(values, body.get("reason"))
    return await assign(call.desk, call.actor, call.by, call.id, given, call.reply(render), expected=call.expected)
