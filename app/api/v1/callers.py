"""Blocked callers: recorded with reason, by whom, until when; and unblocked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.access.answers import Answer
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, etag
from app.api.v1.schemas.people import BlockBody, BlockOut
from app.desk.callers import block, unblock

callers = Operations("customers")
ETAG: Final = {"ETag": "The version of the customer."}
MAY_CONFLICT: Final = frozenset({409})


@callers.post(
    "/v1/customers/{id:uuid}/block",
    {200: Gives("Blocked.", BlockOut, ETAG, leads_to={"unblock_caller": {"id": "$response.body#/customer"}})},
    body=BlockBody,
    problems=MAY_CONFLICT,
    examples={"abuse": {"reason": "abuse"}},
)
async def block_caller(call: Call, body: BlockBody) -> Sent:
    """Record that a customer is a blocked caller.

    His complaints are taken in as ever and go to the team that the policy names; whoever handles them is told.
    """
    return await block(call.desk, call.by, call.id, body.reason, body.until, call.same, _blocked)


@callers.post("/v1/customers/{id:uuid}/unblock", {200: Gives("Unblocked.", BlockOut, ETAG)}, problems=MAY_CONFLICT)
async def unblock_caller(call: Call) -> Sent:
    """End the blocking of a caller."""
    return await unblock(call.desk, call.by, call.id, call.same, _blocked)


def _blocked(row: Mapping[str, Any]) -> Answer:
    return Answer(200, {"ETag": etag(row["version"])}, dumps({name: row[key] for name, key in _SHOWN.items()}))


_SHOWN: Final = {"customer": "id", "version": "version", "blocked": "blocked"}
