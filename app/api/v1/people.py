"""People and teams, and whether somebody is there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.access.answers import Answer
from app.access.tables import app_user
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, ok
from app.api.v1.schemas import people as sent
from app.calendars.time import local_date
from app.desk.staff import put_person, put_team, set_presence
from app.errors import NotFound
from app.people.person import Person, Skill
from app.people.staff import Done, PersonData, Team, find_people, list_teams, one_person, one_team, shifts_of
from app.people.tables import person as person_table

people = Operations("people")
_NAME: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": 80, "example": "li.na"}
_BY_NAME: Final = {"name": _NAME}
_STATUS: Final[Mapping[Done, int]] = {"created": 201, "updated": 200, "unchanged": 200}
MAY_CONFLICT: Final = frozenset({409})
_FIRST: Final = {"name": "$response.body#/items/0/name"}
_SAME: Final = {"name": "$response.body#/name"}


@people.get(
    "/v1/people",
    {200: Gives("The people.", sent.PeopleList, leads_to={"read_person": _FIRST, "store_person": _FIRST})},
    query=sent.PeopleQuery,
)
async def list_people(call: Call, query: sent.PeopleQuery) -> Sent:
    """List the people with their skills, presence and deputies."""
    now = call.desk.runtime.clock.now()
    where = [app_user.c.team == query.team] if query.team is not None else []
    where += [person_table.c.presence == query.presence] if query.presence not in (None, "offline") else []
    async with call.desk.runtime.db.read() as conn:
        found = await find_people(conn, *where)
        shifts = await shifts_of(conn, [one.id for one in found], now)
    today = local_date((await call.desk.terms()).service, now)
    if query.presence == "offline":
        found = [one for one in found if one.absent_since(now) is not None]
    if query.skill is not None:
        found = [one for one in found if query.skill in one.able(today)]
    return ok({"items": [await _person(call, one, shifts.get(one.id, ()), now) for one in found]})


@people.get("/v1/people/{name}", {200: Gives("The person.", sent.PersonOut)}, path_params=_BY_NAME)
async def read_person(call: Call) -> Sent:
    """Read what a person is at work."""
    now = call.desk.runtime.clock.now()
    async with call.desk.runtime.db.read() as conn:
        found = await one_person(conn, call.path["name"])
        if found is None:
            raise NotFound(what="person")
        shifts = await shifts_of(conn, [found.id], now)
    return ok(await _person(call, found, shifts.get(found.id, ()), now))


@people.put(
    "/v1/people/{name}",
    {200: Gives("Stored.", sent.PersonOut), 201: Gives("Made.", sent.PersonOut, leads_to={"read_person": _SAME})},
    body=sent.PersonBody,
    path_params=_BY_NAME,
    problems=MAY_CONFLICT,
    examples={"skills": {"skills": [{"name": "network", "level": 2, "until": "2027-06-30"}], "languages": ["zh", "yue"]}},
)
async def store_person(call: Call, body: Mapping[str, Any]) -> Sent:
    """Store what a person is at work; one who is not there yet becomes a user, without a token.

    What is left out stays as it is, so that sending the same again changes nothing. Skills and languages are those of the
    policy; teams and the deputy exist.
    """
    values = dict(body)
    if "skills" in values:
        values["skills"] = [Skill(one.name, one.level, one.until) for one in values["skills"]]
    if "shifts" in values:
        values["shifts"] = [(one.starts_at, one.ends_at) for one in values["shifts"]]
    shifts = values.get("shifts")
    now = call.desk.runtime.clock.now()
    today = local_date((await call.desk.terms()).service, now)

    def render(done: Done, stored: Person) -> Answer:
        return Answer(_STATUS[done], {}, dumps(person_json(stored, shifts or known.get(stored.id, ()), now, today)))

    async with call.desk.runtime.db.read() as conn:
        before = await one_person(conn, call.path["name"])
        known = {} if before is None else await shifts_of(conn, [before.id], now)
    return await put_person(call.desk, call.actor, call.by, PersonData(call.path["name"], values), render)


@people.get("/v1/teams", {200: Gives("The teams.", sent.TeamList, leads_to={"read_team": _FIRST, "store_team": _FIRST})})
async def list_all_teams(call: Call) -> Sent:
    """List the teams with their roll-out phases."""
    async with call.desk.runtime.db.read() as conn:
        found = await list_teams(conn)
    return ok({"items": [team_json(one) for one in found]})


@people.get("/v1/teams/{name}", {200: Gives("The team.", sent.TeamOut)}, path_params=_BY_NAME)
async def read_team(call: Call) -> Sent:
    """Read a team."""
    async with call.desk.runtime.db.read() as conn:
        found = await one_team(conn, call.path["name"])
    if found is None:
        raise NotFound(what="team")
    return ok(team_json(found))


@people.put(
    "/v1/teams/{name}",
    {200: Gives("Stored.", sent.TeamOut), 201: Gives("Made.", sent.TeamOut, leads_to={"read_team": _SAME})},
    body=sent.TeamBody,
    path_params=_BY_NAME,
    problems=MAY_CONFLICT,
    examples={"team": {"title": {"zh": "账务组", "en": "Billing"}, "phase": "care_only"}},
)
async def store_team(call: Call, body: Mapping[str, Any]) -> Sent:
    """Store a team; what is left out stays as it is."""
    values = {**body, **({"title": body["title"].model_dump()} if "title" in body else {})}

    def render(done: Done, stored: Team) -> Answer:
        return Answer(_STATUS[done], {}, dumps(team_json(stored)))

    return await put_team(call.desk, call.by, call.path["name"], values, render)


@people.put(
    "/v1/me/presence",
    {200: Gives("Noted.", sent.PersonOut)},
    body=sent.PresenceBody,
    problems=MAY_CONFLICT,
    examples={"here": {"presence": "available"}},
)
async def put_presence(call: Call, body: sent.PresenceBody) -> Sent:
    """Say whether you are there: available, busy, after_call, break or offline.

    Work is given out to those who are available; what is kept for somebody goes to the deputy, and then to the team, when he
    is offline or his shift is over.
    """
    now = call.desk.runtime.clock.now()
    today = local_date((await call.desk.terms()).service, now)
    async with call.desk.runtime.db.read() as conn:
        shifts = (await shifts_of(conn, [call.actor.id], now)).get(call.actor.id, [])

    def render(stored: Person) -> Answer:
        return Answer(200, {}, dumps(person_json(stored, shifts, now, today)))

    return await set_presence(call.desk, call.actor, call.by, body.presence, body.until, render)


async def _person(call: Call, one: Person, shifts: Any, now: datetime) -> dict[str, Any]:
    return person_json(one, shifts, now, local_date((await call.desk.terms()).service, now))


def person_json(one: Person, shifts: Any, now: datetime, today: Any) -> dict[str, Any]:
    """A person as answered."""
    able = one.able(today)
    absent = one.absent_since(now)
    return {
        **{name: getattr(one, name) for name in ("id", "name", "display", "team", "active", "capacity", "deputy")},
        **{name: list(getattr(one, name)) for name in ("roles", "languages", "helps")},
        "skills": [{**skill.as_json(), "valid": skill.name in able} for skill in one.skills],
        **{name: getattr(one, name) for name in ("presence", "presence_since", "shift_until")},
        "absent_since": one.presence_since or now if absent is not None and absent.year == 1 else absent,
        "shifts": [{"starts_at": start, "ends_at": end} for start, end in shifts],
    }


def team_json(one: Team) -> dict[str, Any]:
    """A team as answered."""
    return {name: getattr(one, name) for name in Team.__dataclass_fields__}
