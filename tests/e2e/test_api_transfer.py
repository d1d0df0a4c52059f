"""Transferred: the work goes to a person, a team or the queue and the owner stays, unless the responsibility itself is handed over."""

from __future__ import annotations

from typing import Any

import pytest

from app.access.users import ensure_user
from tests.e2e.api_world import World, etag, places, problem

TEAM = {"title": {"zh": "网络组", "en": "Network"}, "phase": "care_only"}


async def owned(amends: World) -> tuple[dict[str, Any], str]:
    """A complaint that the first line took in and owns, begun; and the owner's id."""
    now = await amends.opened()
    assert now["owner"] is not None
    return await amends.walked(now, "begin", role="first_line"), now["owner"]


async def transferred(amends: World, now: dict[str, Any], **data: Any) -> Any:
    body = {"transition": "transfer", "data": {"transfer_reason": "not_mine", **data}}
    return await amends.post(f"/v1/complaints/{now['id']}/transitions", body, role="first_line", headers=etag(now["version"]))


async def person(amends: World, role: str) -> str:
    user = await ensure_user(amends.desk.runtime.db, f"{role}.one", [role], at=amends.desk.runtime.clock.now())
    return str(user.id)


async def assigned(amends: World, now: dict[str, Any]) -> list[dict[str, Any]]:
    events = (await amends.get(f"/v1/complaints/{now['id']}/events")).json()["items"]
    return [event["data"] for event in events if event["type"] == "assigned"]


async def test_only_the_work_goes_to_a_person_and_the_owner_stays_on_record(amends: World):
    now, owner = await owned(amends)
    handler = await person(amends, "handler")
    answer = await transferred(amends, now, hands_over="work", to_person="handler.one")
    assert answer.status_code == 200, answer.text
    after = answer.json()["complaint"]
    assert (after["owner"], after["assignee"]) == (owner, handler)
    (told,) = await assigned(amends, now)
    assert (told["owner_kept"], told["from"], told["to"]) == (True, {"assignee_id": None}, {"assignee_id": handler})
    notices = (await amends.get("/v1/notices", role="handler")).json()["items"]
    assert [(n["kind"], n["complaint_id"]) for n in notices] == [("assigned", now["id"])]


async def test_the_responsibility_goes_to_who_is_named_with_the_open_promises(amends: World):
    now, owner = await owned(amends)
    handler = await person(amends, "handler")
    promised = await amends.post(
        f"/v1/complaints/{now['id']}/promises", {"kind": "progress", "due": "tomorrow 10"}, role="first_line"
    )
    assert promised.json()["item"]["owner_id"] == owner
    answer = await transferred(amends, promised.json()["complaint"], hands_over="responsibility", new_owner="handler.one")
    assert answer.status_code == 200, answer.text
    after = answer.json()["complaint"]
    assert (after["owner"], after["assignee"]) == (handler, handler)
    (told,) = await assigned(amends, now)
    assert (told["owner_kept"], told["from"]["owner_id"], told["to"]["owner_id"]) == (False, owner, handler)
    (promise,) = (await amends.get("/v1/promises", params={"complaint": now["id"]})).json()["items"]
    assert promise["owner_id"] == handler
    events = (await amends.get(f"/v1/complaints/{now['id']}/events")).json()["items"]
    assert [(e["data"]["from"], e["data"]["to"]) for e in events if e["type"] == "promise_handed_over"] == [(owner, handler)]


async def test_to_a_team_or_to_nobody_it_waits_for_whoever_takes_it(amends: World):
    now, owner = await owned(amends)
    assert (await amends.call("PUT", "/v1/teams/network", role="admin", json=TEAM)).status_code == 201
    handler = await person(amends, "handler")
    taken = (await transferred(amends, now, hands_over="work", to_person="handler.one")).json()["complaint"]
    assert taken["assignee"] == handler
    after = (await transferred(amends, taken, to_team="network")).json()["complaint"]
    assert (after["owner"], after["assignee"], after["team"]) == (owner, None, "network")
    back = (await transferred(amends, after)).json()["complaint"]
    assert (back["owner"], back["assignee"], back["team"]) == (owner, None, "network")
    strange = await transferred(amends, back, to_team="netwrok")
    assert places(problem(strange, 409, "transition_refused")) == [("receiving_team_unknown_near", "to_team")]


@pytest.mark.parametrize(
    ("data", "status", "code", "place"),
    [
        ({"hands_over": "responsibility"}, 422, "field_missing", "data.new_owner"),
        ({"hands_over": "responsibility", "new_owner": "nobody"}, 409, "user_unknown", "new_owner"),
        ({"hands_over": "responsibility", "new_owner": "auditor.one"}, 409, "owner_not_in_front", "new_owner"),
        ({"hands_over": "work", "to_person": "nobody"}, 409, "user_unknown", "to_person"),
        ({"new_owner": "handler.one"}, 422, "field_not_applicable", "data.new_owner"),
    ],
)
async def test_nobody_is_handed_a_complaint_who_is_not_there(
    amends: World, data: dict[str, Any], status: int, code: str, place: str
):
    now, owner = await owned(amends)
    answer = await transferred(amends, now, **data)
    assert answer.status_code == status, answer.text
    assert places(answer.json()) == [(code, place)]
    after = (await amends.get(f"/v1/complaints/{now['id']}")).json()
    assert (after["owner"], after["version"]) == (owner, now["version"])
