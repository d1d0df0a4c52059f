"""Counters for Prometheus: open to programs of this machine; others show a token of a role that may read them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import func, select
from starlette.types import Scope

from app.access.answers import Answer
from app.access.tokens import authenticate
from app.api.v1.deps import Headers, token_of
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.permissions import METERING
from app.desk.desk import Desk
from app.errors import Forbidden
from app.outbox.tables import outbox
from app.texts import Lang
from app.timers.due import due_and_late

metrics = Operations("service")
_TEXT: Final = {"text/plain": {"schema": {"type": "string"}}}


@metrics.get(
    "/metrics", {200: Gives("Metrics in Prometheus' text form.", media=_TEXT)}, public=True, problems=frozenset({401, 403})
)
async def read_metrics(desk: Desk, scope: Scope, headers: Headers, _lang: Lang) -> Sent:
    """Read the counters of the web processes and the depth of the queues.

    Open to this machine (mind a proxy on it: let it send X-Forwarded-For, or keep /metrics from it). Others need a token
    of the role admin, auditor or integration.
    """
    if not _here(scope):
        actor = await authenticate(desk.runtime.db, token_of(headers), desk.runtime.clock.now())
        if actor.roles.isdisjoint(METERING):
            raise Forbidden(roles=", ".join(sorted(actor.roles)), allowed=", ".join(sorted(METERING)))
    await _look(desk)
    return Answer(200, {"Content-Type": CONTENT_TYPE_LATEST}, desk.runtime.metrics.text()), False


def _here(scope: Scope) -> bool:
    client = scope.get("client")
    try:
        return client is not None and ip_address(client[0]).is_loopback
    except ValueError:
        return False


async def _look(desk: Desk) -> None:
    """Set the gauges that are asked of the database and of the pool at the time of reading."""
    now, counted = desk.runtime.clock.now(), desk.runtime.metrics
    async with desk.runtime.db.read() as conn:
        due, late = await due_and_late(conn, now)
        counted.timers_due.set(due)
        counted.timers_late.set(late)
        # What was sent is counted by the worker as it goes; here only what waits or is dead, which indexes hold.
        depth = select(func.count(), func.min(outbox.c.created_at))
        unsent, oldest = (await conn.execute(depth.where(outbox.c.status == "unsent"))).one()
        dead, _ = (await conn.execute(depth.where(outbox.c.status == "dead"))).one()
    counted.outbox_depth.labels("unsent").set(unsent)
    counted.outbox_depth.labels("dead").set(dead)
    counted.outbox_age.set(max((now - oldest).total_seconds(), 0.0) if oldest else 0.0)
    pool = desk.runtime.db.engine.pool
    for state in ("checkedout", "checkedin"):
        if hasattr(pool, state):
            counted.pool.labels("busy" if state == "checkedout" else "idle").set(getattr(pool, state)())
