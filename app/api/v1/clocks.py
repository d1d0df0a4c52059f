"""The clocks of a complaint with their working."""

from __future__ import annotations

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import ok
from app.api.v1.schemas.clocks import Clocks
from app.api.v1.schemas.queries import AsOfQuery
from app.desk.asking import as_of, one
from app.desk.clock_view import working

clocks = Operations("complaints")


@clocks.get("/v1/complaints/{id:uuid}/clocks", {200: Gives("The clocks.", Clocks)}, query=AsOfQuery)
async def list_clocks(call: Call, query: AsOfQuery) -> Sent:
    """Explain the clocks of a complaint.

    What each goes by, the row of the policy that gives its target, the stretches that were counted, when each level is
    reached and was told. With `as_of` as they stood then, by the policy and the calendars of then.
    """
    found = await (one(call.desk, call.id) if query.as_of is None else as_of(call.desk, call.id, query.as_of))
    return ok(working(found.complaint, found.customer, found.terms, found.at, call.lang))
