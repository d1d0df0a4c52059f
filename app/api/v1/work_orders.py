"""Work orders to departments: ordered, moved, listed as a queue; and live consults."""

from __future__ import annotations

from typing import Any, Final

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.promises import ETAG, ID, MAY_CONFLICT
from app.api.v1.render import changed, ok, picked
from app.api.v1.schemas import commitments_out as out
from app.api.v1.schemas.commitments import (
    ConsultAnswerBody,
    ConsultBody,
    ConsultsQuery,
    WorkOrderBody,
    WorkOrderMoveBody,
    WorkOrdersQuery,
)
from app.api.v1.worded import opened, shown
from app.commitments.ordering import used
from app.commitments.queries import Wanted, page
from app.commitments.tables import consult, work_order
from app.desk import consults as consulting
from app.desk import work_orders as desk
from app.desk.terms import Terms

work_orders = Operations("work_orders")
_COMPLAINT: Final = {"id": "$response.body#/complaint/id"}
_LISTED: Final = frozenset(out.WorkOrderListed.model_fields) - {"reply", "used", "request", "answer", "question"}


@work_orders.post(
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

    It counts as open at once, so that no step slips past a guard on it. Its clock runs on the department's calendar.
    """
    render = changed(call.desk, call.lang, picked(out.WorkOrder), status=201)
    order = (body.department, body.request, body.due_at)
    return await desk.add_work_order(
        call.desk, call.actor, call.by, call.id, *order, call.reply(render), kind=body.kind, blocking=body.blocking
    )


@work_orders.post(
    "/v1/complaints/{id:uuid}/work-orders/{work_order_id:uuid}/moves",
    {200: Gives("Moved.", out.WorkOrderAdded, ETAG)},
    body=WorkOrderMoveBody,
    problems=MAY_CONFLICT,
    path_params={"work_order_id": ID},
    examples={"fed back": {"status": "fed_back", "answer": "The mast is repaired."}, "taken": {"status": "assigned"}},
)
async def move_work_order(call: Call, body: WorkOrderMoveBody) -> Sent:
    """Move a work order on.

    received → assigned (to somebody, or taken) → in_progress → fed_back (with the answer) → told (to the customer). The
    department may send it back with a question (returned; its clock stands still) and gets it again with the reply
    (received). Or cancelled.
    """
    render = changed(call.desk, call.lang, picked(out.WorkOrder))
    move = (call.path["work_order_id"], body.status, body.answer)
    return await desk.move_work_order(call.desk, call.actor, call.by, call.id, *move, call.reply(render), assignee=body.assignee)


@work_orders.get("/v1/work-orders", {200: Gives("A page of work orders.", out.WorkOrderPage)}, query=WorkOrdersQuery)
async def list_work_orders(call: Call, query: WorkOrdersQuery) -> Sent:
    """List work orders, those due first: the queue of a department, or where all of a complaint's stand."""
    now = call.desk.runtime.clock.now()
    wanted = Wanted(now, **query.model_dump(exclude={"cursor", "limit", "status"}), status=query.status or None)
    async with call.desk.runtime.db.read() as conn:
        rows, cursor = await page(conn, work_order, wanted, query.cursor, query.limit)
        texts = await opened(call, conn, rows, "request", "answer", "question")
    terms = await call.desk.terms()
    items = [_item(call, row, texts, terms) for row in rows]
    return ok({"items": items, "next_cursor": cursor})


def _item(call: Call, row: dict[str, Any], texts: Any, terms: Terms) -> dict[str, Any]:
    words = shown(call, row, texts, "request", "answer", "question")
    asked = words["question"] or {}
    rules = (terms.policy.departments or {}).get(row["department"])
    calendar = terms.calendars.get(rules.calendar) if rules is not None else None
    return {
        **{name: row[name] for name in _LISTED},
        "request": words["request"],
        "answer": words["answer"],
        "question": asked.get("question"),
        "reply": asked.get("reply"),
        "used": used(row, call.desk.runtime.clock.now(), calendar),
    }


@work_orders.post(
    "/v1/complaints/{id:uuid}/consults",
    {
        201: Gives(
            "Asked.", out.ConsultAdded, ETAG, leads_to={"answer_consult": {**_COMPLAINT, "consult_id": "$response.body#/item/id"}}
        )
    },
    body=ConsultBody,
    problems=MAY_CONFLICT,
    examples={"billing": {"department": "billing", "question": "Does the refund of March count for April?"}},
)
async def ask_expert(call: Call, body: ConsultBody) -> Sent:
    """Ask the duty expert of a department while the customer waits.

    Not answered within the minutes that the policy gives, it turns by itself into a promise to call back.
    """
    render = changed(call.desk, call.lang, picked(out.Consult), status=201)
    return await consulting.ask_expert(call.desk, call.actor, call.by, call.id, body.department, body.question, call.reply(render))


@work_orders.post(
    "/v1/complaints/{id:uuid}/consults/{consult_id:uuid}/answer",
    {200: Gives("Answered.", out.ConsultAdded, ETAG)},
    body=ConsultAnswerBody,
    problems=MAY_CONFLICT,
    path_params={"consult_id": ID},
    examples={"yes": {"answer": "Yes, it is on the bill of April."}},
)
async def answer_consult(call: Call, body: ConsultAnswerBody) -> Sent:
    """Answer a live consult, once; one that turned into a promise takes its answer too, for the call back."""
    render = changed(call.desk, call.lang, picked(out.Consult))
    consulted = call.path["consult_id"]
    return await consulting.answer_consult(call.desk, call.actor, call.by, call.id, consulted, body.answer, call.reply(render))


@work_orders.get("/v1/consults", {200: Gives("A page of consults.", out.ConsultPage)}, query=ConsultsQuery)
async def list_consults(call: Call, query: ConsultsQuery) -> Sent:
    """List live consults, those due first: what the experts of a team have to answer now."""
    now = call.desk.runtime.clock.now()
    wanted = Wanted(now, **query.model_dump(exclude={"cursor", "limit", "status"}), status=query.status or None)
    async with call.desk.runtime.db.read() as conn:
        rows, cursor = await page(conn, consult, wanted, query.cursor, query.limit)
        texts = await opened(call, conn, rows, "question", "answer")
    items = [{**picked(out.ConsultListed)(row), **shown(call, row, texts, "question", "answer")} for row in rows]
    return ok({"items": items, "next_cursor": cursor})
