"""Customers: as the CRM knows them, their consents, their complaints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.answers import Answer
from app.access.vault import DataKey
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, etag, ok, page_json
from app.api.v1.schemas.adding import ConsentBody
from app.api.v1.schemas.answers import ComplaintPage
from app.api.v1.schemas.answers_more import Customer
from app.api.v1.schemas.customers import CustomerBody
from app.api.v1.schemas.queries import HistoryQuery
from app.complaints.pages import Filters
from app.customers.queries import by_id
from app.customers.store import FACTS, Data, set_consent
from app.desk.customers import store_customers
from app.desk.desk import Desk
from app.desk.known_names import check_channel
from app.desk.once import once
from app.desk.pages import list_page
from app.desk.view import customer_view
from app.errors import Invalid, NotFound, Reason

customers = Operations("customers")
ETAG: Final = {"ETag": "The version of the customer, for If-Match."}
EXTERNAL_ID: Final = r"^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,119}$"
"""The ids of the CRM that can stand in an address; others come in by import."""
_PROFILE: Final = ("name", "phone", "email", "note")
_ONWARD: Final = {
    "read_customer": {"customer": "$response.body#/id"},
    "put_customer": {"customer": "$response.body#/external_id", "If-Match": "$response.header.ETag"},
    **{key: {"id": "$response.body#/id"} for key in ("list_history", "add_consent", "block_caller", "unblock_caller")},
}
_BY_ID: Final[dict[str, Any]] = {"customer": {"type": "string", "format": "uuid", "description": "The customer's id here."}}
_BY_CRM: Final[dict[str, Any]] = {
    "customer": {
        "type": "string",
        "maxLength": 120,
        "minLength": 1,
        "pattern": EXTERNAL_ID,
        "description": "The customer's id in the CRM.",
        "example": "7590-VHVEG",
    }
}


@customers.get("/v1/customers/{customer}", {200: Gives("The customer.", Customer, ETAG)}, path_params=_BY_ID)
async def read_customer(call: Call) -> Sent:
    """Read a customer by the id here, masked.

    A provisional customer who was matched later answers as the one that he was matched with.
    """
    async with call.desk.runtime.db.read() as conn:
        row = await _found(conn, _as_id(call.path["customer"]))
    return ok(customer_json(call.desk, row), version=row["version"])


@customers.put(
    "/v1/customers/{customer}",
    {
        200: Gives("Stored.", Customer, ETAG),
        201: Gives("Made.", Customer, {**ETAG, "Location": "Address of the customer."}, leads_to=_ONWARD),
    },
    body=CustomerBody,
    if_match="optional",
    path_params=_BY_CRM,
    problems=frozenset({409}),
    examples={
        "customer": {
            "name": "张先生",
            "phone": "13961235611",
            "segment": "mass",
            "plan": "easy_39",
            "attributes": {"tenure_months": 34},
        }
    },
)
async def put_customer(call: Call, body: Mapping[str, Any]) -> Sent:
    """Store what the CRM knows of a customer, by its id in the CRM.

    What is left out stays as it is, so that sending the same again changes nothing. With If-Match only if nobody changed
    the customer meanwhile.
    """
    if not re.fullmatch(EXTERNAL_ID, call.path["customer"]):
        raise Invalid(Reason("crm_id_in_address", "customer"))
    data = Data(
        call.path["customer"],
        {name: body[name] for name in _PROFILE if name in body},
        {name: body[name] for name in FACTS if name in body},
        body.get("attributes", {}),
    )
    desk = call.desk

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        ((how, row, _),) = await store_customers(conn, desk.vault, call.by, desk.runtime.clock.now(), [data], call.expected)
        location = {"Location": f"/v1/customers/{row['id']}"} if how == "created" else {}
        headers = {"ETag": etag(row["version"]), **location}
        return Answer(201 if how == "created" else 200, headers, dumps(customer_json(desk, row))), None

    return await once(desk, None, work, fixed=call.expected is not None)


@customers.post(
    "/v1/customers/{id:uuid}/consents",
    {201: Gives("Recorded.", Customer, ETAG)},
    body=ConsentBody,
    problems=frozenset({409}),
    examples={
        "granted": {
            "purpose": "marketing",
            "channel": "sms",
            "status": "granted",
            "evidence": {"kind": "recorded_call", "reference": "call 8841"},
        }
    },
)
async def add_consent(call: Call, body: ConsentBody) -> Sent:
    """Record a consent, its refusal or its withdrawal, with how it is known."""
    desk = call.desk
    check_channel(await desk.terms(), body.channel)

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        row = await _found(conn, call.id)
        evidence = body.evidence.model_dump(exclude_none=True)
        new = await set_consent(conn, call.by, desk.runtime.clock.now(), row, body.purpose, body.channel, body.status, evidence)
        return Answer(201, {"ETag": etag(new["version"])}, dumps(customer_json(desk, new))), _key(desk, row)

    return await once(desk, call.same, work)


@customers.get(
    "/v1/customers/{id:uuid}/history", {200: Gives("A page of the customer's complaints.", ComplaintPage)}, query=HistoryQuery
)
async def list_history(call: Call, query: HistoryQuery) -> Sent:
    """List a customer's complaints, the newest first."""
    async with call.desk.runtime.db.read() as conn:
        row = await _found(conn, call.id)
    page = await list_page(call.desk, Filters(customer=row["id"]), "-opened_at", query.cursor, query.limit)
    return ok(page_json(page, call.lang))


def customer_json(desk: Desk, row: Mapping[str, Any]) -> dict[str, Any]:
    """A customer with consents and attributes."""
    more = {name: row[name] for name in ("version", "consents", "attributes", "created_at", "updated_at")}
    return {**customer_view(row, _key(desk, row)), **more}


def _key(desk: Desk, row: Mapping[str, Any]) -> DataKey | None:
    return desk.vault.unwrap(row["wrapped"]) if row["wrapped"] is not None else None


def _as_id(text: str) -> UUID:
    """The id in the path; whatever is no id names nobody."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(what="customer") from None


async def _found(conn: AsyncConnection, customer_id: UUID) -> Mapping[str, Any]:
    row = await by_id(conn, customer_id)
    if row is None:
        raise NotFound(what="customer")
    return row
