"""The history of a complaint."""

from __future__ import annotations

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import event_json, ok
from app.api.v1.schemas.answers import EventPage
from app.api.v1.schemas.queries import EventsQuery
from app.desk import asking

events = Operations("events")


@events.get("/v1/complaints/{id:uuid}/events", {200: Gives("A page of the history.", EventPage)}, query=EventsQuery)
async def list_events(call: Call, query: EventsQuery) -> Sent:
    """Read the history, the oldest first.

    Words and personal values are shown where they were sealed; refused steps are events without `seq`.
    """
    rows, texts = await asking.events(call.desk, call.id, query.cursor, query.limit)
    shown = rows[: query.limit]
    for row in shown:
        if row["workflow"] is not None and (row["workflow"], row["workflow_version"]) not in call.desk.workflows:
            await asking.definition_of(call.desk, row)
    items = [
        event_json(row, texts, call.lang, call.desk.workflows.get((row["workflow"], row["workflow_version"]))) for row in shown
    ]
    return ok({"items": items, "next_cursor": shown[-1]["id"] if len(rows) > query.limit else None})
