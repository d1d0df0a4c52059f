"""Steps of the workflow: which are open, taking one or several, the same one for many complaints."""

from __future__ import annotations

from typing import Any

from app.access.answers import Answer
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.problems import document, status_of
from app.api.v1.render import changed, dumps
from app.api.v1.schemas.answers import Moved
from app.api.v1.schemas.answers_steps import BulkResult
from app.api.v1.schemas.steps import BulkBody, Step, StepBody, Steps
from app.desk.bulk import Item, answered_once, transition_many
from app.desk.transition import transition
from app.workflow.machine import Command

transitions = Operations("steps")


@transitions.post(
    "/v1/complaints/{id:uuid}/transitions",
    {200: Gives("Taken.", Moved, {"ETag": "The version of the complaint, for If-Match."})},
    body=StepBody,
    if_match="required",
    problems=frozenset({409}),
    examples={
        "one": {"transition": "begin"},
        "several": {
            "steps": [
                {"transition": "begin"},
                {"transition": "heard_out", "data": {"heard": True, "emotion": 3}},
                {"transition": "apologized", "data": {"apologized": True}},
            ]
        },
    },
)
async def take_steps(call: Call, body: Step | Steps) -> Sent:
    """Take one step, or several in order: all of them or none.

    Each guard applies and each event is written; `event.seq` is the version after its step. A refusal (409, or 422 for
    the form) names every reason.
    """
    steps = body.steps if isinstance(body, Steps) else [body]
    commands = [Command(step.transition, step.data, step.note) for step in steps]
    render = changed(call.desk, call.lang)
    return await transition(call.desk, call.actor, call.by, call.id, commands, call.reply(render), expected=call.expected)


@transitions.post(
    "/v1/complaints:transition",
    {200: Gives("A result per complaint.", BulkResult)},
    body=BulkBody,
    examples={"begin many": {"ids": ["0195b4f0-7c00-7000-8000-000000000001"], "transition": "begin"}},
)
async def take_step_of_many(call: Call, body: BulkBody) -> Sent:
    """Take the same step for many complaints, each through the same door.

    One that is refused stays as it was and does not hold up the others; the answer is 200 with a result per complaint.
    Broken off and sent again under the same Idempotency-Key, it goes on where it stood.
    """
    many = (call.desk, call.actor, call.by, body.ids, Command(body.transition, body.data, body.note))

    def reply(found: list[Item]) -> Answer:
        items = [_item(call, item) for item in found]
        taken = sum(item.error is None for item in found)
        return Answer(200, {}, dumps({"items": items, "taken": taken, "refused": len(items) - taken}))

    if call.same is None:
        return reply(await transition_many(*many)), False
    return await answered_once(*many, reply, call.same)


def _item(call: Call, item: Item) -> dict[str, Any]:
    done, error = item.done or {}, item.error
    told = None if error is None else document(error, call.lang, call.by.request_id or "", f"/v1/complaints/{item.id}/transitions")
    return {
        "id": item.id,
        "status": 200 if error is None else status_of(error),
        "state": done.get("state"),
        "version": done.get("version"),
        "problem": told,
    }
