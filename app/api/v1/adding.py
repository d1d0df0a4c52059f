"""What is only added to a complaint: notes, contacts, promises, work orders. No If-Match: each reads again and decides."""

from __future__ import annotations

from typing import Any, Final

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import changed, picked
from app.api.v1.schemas import answers_more as out
from app.api.v1.schemas.adding import ContactBody, NoteBody, PromiseBody, PromiseOutcomeBody, WorkOrderBody, WorkOrderMoveBody
from app.desk import adding as desk
from app.desk.touch import Touch
from app.desk.touch import add_contact as keep_contact

adding = Operations("adding")
ETAG: Final = {"ETag": "The version of the complaint, for If-Match."}
MAY_CONFLICT: Final = frozenset({409})
_COMPLAINT: Final = {"id": "$response.body#/complaint/id"}
_ID: Final[dict[str, Any]] = {"type": "string", "format": "uuid"}


@adding.post(
    "/v1/complaints/{id:uuid}/notes",
    {201: Gives("Kept.", out.Added, ETAG)},
    body=NoteBody,
    problems=MAY_CONFLICT,
    examples={"note": {"text": "Asks to be called after six."}},
)
async def add_note(call: Call, body: NoteBody) -> Sent:
    """Keep a note.

    Its words are sealed and can be searched; the version of the complaint stays.
    """
    render = changed(call.desk, call.lang, status=201)
    return await desk.add_note(call.desk, call.actor, call.by, call.id, body.text, call.reply(render))


@adding.post(
    "/v1/complaints/{id:uuid}/contacts",
    {201: Gives("Recorded.", out.ContactAdded, ETAG)},
    body=ContactBody,
    problems=MAY_CONFLICT,
    examples={
        "answered": {
            "direction": "out",
            "channel": "phone",
            "outcome": "answered",
            "verification": 2,
            "emotion_start": 4,
            "emotion_end": 2,
        }
    },
)
async def add_contact(call: Call, body: ContactBody) -> Sent:
    """Record a contact with the customer.

    The version moves only where a fact changes: when the customer was last spoken with, verification, emotion, a call
    attempt. Word from a customer for whom the complaint waits (unreachable, say) moves it on at once, as the step that the
    workflow has for it; `events` then tells of both.
    """
    render = changed(call.desk, call.lang, picked(out.Contact), status=201)
    return await keep_contact(call.desk, call.actor, call.by, call.id, Touch(**body.model_dump()), call.reply(render))


@adding.post(
    "/v1/complaints/{id:uuid}/promises",
    {
        201: Gives(
            "Promised.", out.PromiseAdded, ETAG, leads_to={"end_promise": {**_COMPLAINT, "promise_id": "$response.body#/item/id"}}
        )
    },
    body=PromiseBody,
    problems=MAY_CONFLICT,
    examples={
        "card": {"kind": "deliver_card", "due_at": "2099-03-24T18:00:00+08:00", "text": "The card reaches you within two weeks."}
    },
)
async def add_promise(call: Call, body: PromiseBody) -> Sent:
    """Promise something to the customer by a date."""
    render = changed(call.desk, call.lang, picked(out.Promise), status=201)
    return await desk.add_promise(call.desk, call.actor, call.by, call.id, body.kind, body.due_at, body.text, call.reply(render))


@adding.post(
    "/v1/complaints/{id:uuid}/promises/{promise_id:uuid}/outcome",
    {200: Gives("Ended.", out.PromiseAdded, ETAG)},
    body=PromiseOutcomeBody,
    problems=MAY_CONFLICT,
    path_params={"promise_id": _ID},
    examples={"kept": {"status": "kept", "evidence": "Delivery receipt seen."}},
)
async def end_promise(call: Call, body: PromiseOutcomeBody) -> Sent:
    """Say how a promise ended: kept, broken or withdrawn."""
    render = changed(call.desk, call.lang, picked(out.Promise))
    promise = call.path["promise_id"]
    return await desk.end_promise(call.desk, call.actor, call.by, call.id, promise, body.status, body.evidence, call.reply(render))


@adding.post(
    "/v1/complaints/{id:uuid}/work-orders",
    {
        201: Gives(
            "Ordered.",
            out.WorkOrderAdded,
            ETAG,
            leads_to={"move_work_order": {**_COMPLAINT, "work_order_id": "$response.body#/item/id"}},
        )
    },
    body=WorkOrderBody,
    problems=MAY_CONFLICT,
    examples={"network": {"department": "network", "request": "Measure the signal at the customer's home."}},
)
async def add_work_order(call: Call, body: WorkOrderBody) -> Sent:
    """Ask a department for work.

    It counts as open at once, so that no step slips past a guard on it.
    """
    render = changed(call.desk, call.lang, picked(out.WorkOrder), status=201)
    order = (body.department, body.request, body.due_at)
    return await desk.add_work_order(call.desk, call.actor, call.by, call.id, *order, call.reply(render))


@adding.post(
    "/v1/complaints/{id:uuid}/work-orders/{work_order_id:uuid}/moves",
    {200: Gives("Moved.", out.WorkOrderAdded, ETAG)},
    body=WorkOrderMoveBody,
    problems=MAY_CONFLICT,
    path_params={"work_order_id": _ID},
    examples={"fed back": {"status": "fed_back", "answer": "The mast is repaired."}},
)
async def move_work_order(call: Call, body: WorkOrderMoveBody) -> Sent:
    """Move a work order on.

    received → assigned → in_progress → fed_back (with the answer) → told (to the customer); or cancelled.
    """
    render = changed(call.desk, call.lang, picked(out.WorkOrder))
    order = call.path["work_order_id"]
    return await desk.move_work_order(call.desk, call.actor, call.by, call.id, order, body.status, body.answer, call.reply(render))
