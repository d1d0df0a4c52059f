"""Whom a step hands the complaint over to: looked up before the step is decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from app.access.users import find_user
from app.desk.desk import Desk
from app.desk.effects_handing import HAND_OVER
from app.desk.situation import Receiver, Situation
from app.errors import Reason
from app.people.staff import list_teams
from app.workflow.definition import Definition
from app.workflow.machine import Command
from app.workflow.telling import cut, unknown

_FRONT: Final = frozenset({"first_line", "handler", "shop", "account_manager", "supervisor"})
"""Those who speak with customers, and so may answer for a complaint."""
_NAMING: Final = ("new_owner", "to_person", "to_team")


async def received(desk: Desk, definition: Definition, situation: Situation, command: Command) -> Situation:
    """The situation with whom the step hands the complaint over to, where it names a person or a team.

    One who is not there or not active, or an owner who speaks with no customers, is told as `strange`.
    """
    step = definition.steps[situation.complaint["state"]].get(command.transition)
    if step is None or not any(effect.name == HAND_OVER for effect in step.effects):
        return replace(situation, receiver=None)
    named = {name: value.strip() for name in _NAMING if isinstance(value := command.data.get(name), str) and value.strip()}
    field = next((name for name in ("new_owner", "to_person") if name in named), None)
    async with desk.runtime.db.read() as conn:
        user = None if field is None else await find_user(conn, named[field])
        teams = [one.name for one in await list_teams(conn) if one.active] if "to_team" in named else []
    strange = None
    if field is not None and (user is None or not user.active):
        strange = Reason("user_unknown", field, {"name": cut(named[field])})
    elif user is not None and field == "new_owner" and _FRONT.isdisjoint(user.roles):
        strange = Reason("owner_not_in_front", field, {"name": user.name})
    elif teams and named["to_team"] not in teams:
        strange = unknown("receiving_team_unknown", "to_team", named["to_team"], teams)
    person = None if user is None else user.id
    return replace(situation, receiver=Receiver(person, named.get("to_team"), field == "new_owner", strange))
