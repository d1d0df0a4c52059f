"""The record, asked as a whole."""

from __future__ import annotations

from app.access.users import find_user
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import event_json, ok
from app.api.v1.schemas.answers_more import AuditPage
from app.api.v1.schemas.queries import AuditQuery
from app.audit.queries import Wanted, find

audit = Operations("audit")


@audit.get("/v1/audit", {200: Gives("A page of events.", AuditPage)}, query=AuditQuery)
async def list_audit(call: Call, query: AuditQuery) -> Sent:
    """Ask the record, the newest first: who did what, to which complaint or customer, in which request.

    `action` is the type of the event, `actor` the name of a user or `system`. Words stand in the events by reference and
    commitment, never in clear.
    """
    desk = call.desk
    async with desk.runtime.db.read() as conn:
        user = await find_user(conn, query.actor) if query.actor else None
        wanted = Wanted(
            # By id where there is one: that is what the index holds. Others (system, command line) by name.
            actor=query.actor if user is None else None,
            actor_id=user.id if user else None,
            type=query.action,
            complaint=query.complaint,
            customer=query.customer,
            since=query.from_,
            until=query.to,
            request_id=query.request_id,
        )
        rows = await find(conn, wanted, query.cursor, query.limit + 1)
    shown = rows[: query.limit]
    items = [event_json(row, None, call.lang, desk.workflows.get((row["workflow"], row["workflow_version"] or 0))) for row in shown]
    return ok({"items": items, "next_cursor": shown[-1]["id"] if len(rows) > query.limit else None})
