"""Who calls."""

from __future__ import annotations

from app.access.roles import Role
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import ok
from app.api.v1.schemas.answers_more import Me

me = Operations("service")


@me.get("/v1/me", {200: Gives("Who you are.", Me)})
async def read_me(call: Call) -> Sent:
    """See who you are here: your id, roles and team."""
    actor = call.actor
    roles = sorted(actor.roles)
    titles = [Role(role).words.in_(call.lang) for role in roles]
    return ok(
        {"id": actor.id, "name": actor.name, "display": actor.display, "roles": roles, "role_titles": titles, "team": actor.team}
    )
