"""Incidents: one cause, one agreed answer, many customers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.answers import Answer
from app.access.vault import DataKey
from app.api.v1.bulk import ordered
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import changed, dumps, etag, ok, picked
from app.api.v1.schemas import incidents as shapes
from app.api.v1.schemas.answers import Moved
from app.api.v1.schemas.bulk import BulkState
from app.complaints.pages import Filters
from app.desk import incidents as desk
from app.desk.bulk_orders import Order
from app.desk.change import change
from app.desk.incident_members import checking, joining, leaving
from app.desk.once import once

incidents = Operations("incidents")
ETAG: Final = {"ETag": "The version of the incident, for If-Match."}
_COMPLAINT_ETAG: Final = {"ETag": "The version of the complaint, for If-Match."}
_ID: Final = {"id": "$response.body#/id"}
_ONWARD: Final = {
    "change_incident": {**_ID, "If-Match": "$response.header.ETag"},
    **dict.fromkeys(("read_incident", "move_incident", "close_of_incident"), _ID),
}
_REFUSES: Final = frozenset({409})
Row = Mapping[str, Any]


@incidents.post(
    "/v1/incidents",
    {201: Gives("Opened.", shapes.Incident, {**ETAG, "Location": "Address of the incident."}, leads_to=_ONWARD)},
    body=shapes.IncidentBody,
    examples={
        "a mast": {
            "title": {"zh": "鼓楼区基站故障", "en": "Mast down in Gulou"},
            "answer": {
                "zh": "鼓楼区有一处基站故障，正在抢修，修好后短信通知您。",
                "en": "A mast in Gulou is down and being repaired; you get a message once it works.",
            },
            "cause": "net.area",
            "areas": ["南京市鼓楼区"],
            "began_at": "2026-03-10T08:00:00+08:00",
        }
    },
)
async def open_incident(call: Call, body: shapes.IncidentBody) -> Sent:
    """Open an incident: what all its customers suffer from, and what everybody tells them."""

    async def work(conn: AsyncConnection) -> Row:
        return await desk.open_incident(call.desk, conn, call.by, body.model_dump())

    return await _once(call, work, 201)


@incidents.get("/v1/incidents", {200: Gives("A page.", shapes.IncidentPage)}, query=shapes.IncidentsQuery)
async def list_incidents(call: Call, query: shapes.IncidentsQuery) -> Sent:
    """List incidents, the newest first."""
    async with call.desk.runtime.db.read() as conn:
        rows = await desk.list_incidents(conn, query.status, query.cursor, query.limit + 1)
    cursor = rows[query.limit - 1]["id"] if len(rows) > query.limit else None
    shown = picked(shapes.IncidentRow)
    return ok({"items": [shown(row) for row in rows[: query.limit]], "next_cursor": cursor})


@incidents.get("/v1/incidents/{id:uuid}", {200: Gives("The incident.", shapes.Incident, ETAG, leads_to=_ONWARD)})
async def read_incident(call: Call) -> Sent:
    """Read an incident, with how its complaints stand; the list of complaints takes `incident` as a filter."""
    async with call.desk.runtime.db.read() as conn:
        row = await desk.read_incident(conn, call.id)
    return ok(picked(shapes.Incident)(row), version=row["version"])


@incidents.patch(
    "/v1/incidents/{id:uuid}",
    {200: Gives("Changed.", shapes.Incident, ETAG)},
    body=shapes.IncidentChangeBody,
    if_match="required",
    problems=_REFUSES,
    examples={"later": {"repair_at": "2099-03-10T20:00:00+08:00"}},
)
async def change_incident(call: Call, body: dict[str, Any]) -> Sent:
    """Change an incident.

    Another expected repair time is told to every customer who is joined (the workflow's message that the policy names), and to
    the owners of their complaints.
    """
    changes = {name: value.model_dump() if isinstance(value, BaseModel) else value for name, value in body.items()}

    async def work(conn: AsyncConnection) -> Row:
        return await desk.amend_incident(call.desk, conn, call.actor, call.by, call.id, changes, call.expected)

    return await _once(call, work, fixed=True)


@incidents.post(
    "/v1/incidents/{id:uuid}/moves",
    {200: Gives("Moved.", shapes.Incident, ETAG)},
    body=shapes.IncidentMoveBody,
    problems=_REFUSES,
    examples={"repaired": {"status": "repaired"}},
)
async def move_incident(call: Call, body: shapes.IncidentMoveBody) -> Sent:
    """Move an incident on: repaired (all customers are told), open again, or closed.

    It is closed once none of its complaints goes on.
    """

    async def work(conn: AsyncConnection) -> Row:
        return await desk.move_incident(call.desk, conn, call.actor, call.by, call.id, body.status)

    return await _once(call, work)


@incidents.post(
    "/v1/incidents/{id:uuid}/closing",
    {201: Gives("Ordered.", BulkState, {"Location": "Address of the bulk work."})},
    body=shapes.IncidentClosingBody,
    examples={"confirmed": {"steps": [{"transition": "confirmed", "data": {"confirmed": True}}]}},
)
async def close_of_incident(call: Call, body: shapes.IncidentClosingBody) -> Sent:
    """Order the closing, in bulk, of those whose customers have said yes; the others stay.

    As all bulk work it is previewed first, and applies every guard. A customer who takes his yes back meanwhile is left out.
    """
    async with call.desk.runtime.db.read() as conn:
        await desk.read_incident(conn, call.id)
    given = {"steps": [step.model_dump() for step in body.steps], "confirmed_of": str(call.id)}
    return await ordered(
        call, Order("transition", given, filters=Filters(incident=call.id, incident_check="confirmed", final=False))
    )


@incidents.post(
    "/v1/complaints/{id:uuid}/incident",
    {200: Gives("Joined.", Moved, _COMPLAINT_ETAG, leads_to={"check_incident": {"id": "$response.body#/complaint/id"}})},
    body=shapes.IncidentJoinBody,
    problems=_REFUSES,
    examples={"join": {"incident": "0195b4f0-7c00-7000-8000-000000000001"}},
)
async def join_incident(call: Call, body: shapes.IncidentJoinBody) -> Sent:
    """Join a complaint to an incident, or take it out (null)."""
    decide = leaving() if body.incident is None else await joining(call.desk, body.incident)
    reply = call.reply(changed(call.desk, call.lang))
    return await change(call.desk, call.actor, call.by, call.id, None, reply, decide)


@incidents.post(
    "/v1/complaints/{id:uuid}/incident/check",
    {200: Gives("Noted.", Moved, _COMPLAINT_ETAG)},
    body=shapes.IncidentCheckBody,
    problems=_REFUSES,
    examples={"yes": {"check": "confirmed"}},
)
async def check_incident(call: Call, body: shapes.IncidentCheckBody) -> Sent:
    """Note whether the customer was asked if it is over, and what he said."""
    decide = checking(call.desk, body.check, send=body.send)
    reply = call.reply(changed(call.desk, call.lang))
    return await change(call.desk, call.actor, call.by, call.id, None, reply, decide)


async def _once(call: Call, work: Callable[[AsyncConnection], Awaitable[Row]], status: int = 200, *, fixed: bool = False) -> Sent:
    async def done(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        row = await work(conn)
        headers = {"ETag": etag(row["version"])}
        if status == 201:
            headers["Location"] = f"/v1/incidents/{row['id']}"
        return Answer(status, headers, dumps(picked(shapes.Incident)(row))), None

    return await once(call.desk, call.same, done, fixed=fixed)
