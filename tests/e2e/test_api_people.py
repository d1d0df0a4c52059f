"""Over HTTP: people come to work, the queue gives each the next complaint, callers are known; every refusal with its remedy."""

from __future__ import annotations

from datetime import timedelta

from tests.e2e.api_world import OPENING, World, etag, places, problem

TEAM = {"title": {"zh": "账务组", "en": "Billing"}, "phase": "care_only", "capacity": 20}


async def test_a_shift_at_the_queue(amends: World, clock):
    world = amends
    first = await world.opened()
    assert first["caller"]["frequent"] is False
    here = await world.call("PUT", "/v1/me/presence", json={"presence": "available"})
    assert here.status_code == 200, here.text
    assert (here.json()["presence"], here.json()["absent_since"]) == ("available", None)
    given = await world.get("/v1/queue/next")
    assert given.status_code == 200, given.text
    body = given.json()
    assert (body["complaint"]["id"], body["why"]) == (first["id"], "team")
    assert body["complaint"]["lease"]["until"] == body["until"]
    assert given.headers["etag"] == f'"{first["version"]}"'
    other = await world.get("/v1/queue/next", role="supervisor")
    assert other.json()["complaint"] is None
    held = problem(await world.post(f"/v1/queue/{first['id']}/release", role="supervisor"), 409, "change_refused")
    assert places(held) == [("lease_of_other", "id")]
    assert "user-handler" in held["reasons"][0]["message"] or "handler" in held["reasons"][0]["message"]
    view = (await world.get("/v1/queue", role="supervisor")).json()
    assert [(team["waiting"], team["in_hand"]) for team in view["teams"]] == [(1, 1)]
    assert view["items"][0]["leased_by"] is not None
    clock.advance(timedelta(minutes=1))
    extended = await world.post(f"/v1/queue/{first['id']}/extend")
    assert extended.json()["until"] > body["until"]
    wrong = problem(await world.post(f"/v1/queue/{first['id']}/skip", {"reason": "bored"}), 422, "invalid")
    assert places(wrong) == [("skip_reason_unknown", "reason")]
    passed = await world.post(f"/v1/queue/{first['id']}/skip", {"reason": "not_my_skill"})
    assert passed.json() == {"complaint": first["id"], "until": None}
    assert (await world.get("/v1/queue/next")).json()["complaint"] is None
    assert (await world.get("/v1/queue/next", role="supervisor")).json()["complaint"]["id"] == first["id"]


async def test_people_and_teams_are_stored_read_and_held_to_the_policy(amends: World):
    world = amends
    made = await world.call("PUT", "/v1/teams/billing", role="supervisor", json=TEAM)
    assert made.status_code == 201, made.text
    again = await world.call("PUT", "/v1/teams/billing", role="supervisor", json=TEAM)
    assert (again.status_code, again.json()["version"]) == (200, 1)
    values = {"team": "billing", "skills": [{"name": "network", "level": 2, "until": "2026-03-09"}], "languages": ["zh"]}
    stored = await world.call("PUT", "/v1/people/li.na", role="supervisor", json=values)
    assert stored.status_code == 201, stored.text
    assert stored.json()["skills"] == [{"name": "network", "level": 2, "until": "2026-03-09", "valid": False}]
    assert (await world.get("/v1/people/li.na")).json() == stored.json()
    listed = (await world.get("/v1/people?team=billing")).json()["items"]
    assert [one["name"] for one in listed] == ["li.na"]
    assert (await world.get("/v1/people?skill=network")).json()["items"] == []
    wrong = {"team": "biling", "skills": [{"name": "netwrk"}], "deputy": "nobody"}
    refused = problem(await world.call("PUT", "/v1/people/li.na", role="supervisor", json=wrong), 422, "invalid")
    found = places(refused)
    assert found == [("skill_unknown", "skills[0].name"), ("team_unknown", "team"), ("user_unknown", "deputy")]
    granted = await world.call("PUT", "/v1/people/li.na", role="supervisor", json={"roles": ["admin"]})
    assert places(problem(granted, 403, "forbidden")) == [("admin_only", "roles")]
    problem(await world.call("PUT", "/v1/people/li.na", role="integration", json=values), 403, "forbidden")
    problem(await world.get("/v1/people/nobody.here"), 404, "not_found")
    bad = await world.call("PUT", "/v1/teams/x", role="admin", json={**TEAM, "phase": "opportunities"})
    assert places(problem(bad, 422, "invalid")) == [("field_choice_near", "phase")]


async def test_callers_who_come_often_or_are_blocked_are_told_at_intake_and_later(amends: World):
    world = amends
    complaint = await world.opened()
    await world.opened()
    third = await world.opened()
    assert (third["caller"]["frequent"], third["caller"]["complaints"]) == (True, 3)
    assert third["caller"]["suggestions"]
    read = (await world.get(f"/v1/complaints/{complaint['id']}", lang="zh")).json()["caller"]
    assert read["frequent"]
    assert read["suggestions"][0].startswith("先看")
    customer = third["customer"]["id"]
    blocked = await world.post(f"/v1/customers/{customer}/block", {"reason": "abuse"}, role="supervisor")
    assert blocked.status_code == 200, blocked.text
    problem(await world.post(f"/v1/customers/{customer}/block", {"reason": "abuse"}), 403, "forbidden")
    fourth = await world.opened()
    assert (fourth["team"], fourth["caller"]["blocked"]["reason"]) == ("duty", "abuse")
    freed = await world.post(f"/v1/customers/{customer}/unblock", role="supervisor")
    assert freed.json()["blocked"] is None
    twice = problem(await world.post(f"/v1/customers/{customer}/unblock", role="supervisor"), 409, "change_refused")
    assert places(twice) == [("not_blocked", "customer")]
    assert (await world.opened())["caller"]["blocked"] is None


async def test_given_out_and_given_back(amends: World):
    world = amends
    complaint = await world.opened()
    url = f"/v1/complaints/{complaint['id']}/assignment"
    nobody = await world.post(url, {"to": "auto"}, role="supervisor", headers=etag(complaint["version"]))
    assert places(problem(nobody, 409, "change_refused")) == [("nobody_free", "to")]
    me = (await world.call("PUT", "/v1/me/presence", json={"presence": "available"})).json()
    given = await world.post(url, {"to": "auto"}, role="supervisor", headers=etag(complaint["version"]))
    assert given.status_code == 200, given.text
    now = given.json()["complaint"]
    assert now["assignee"] == me["id"]
    notices = (await world.get("/v1/notices")).json()["items"]
    assert complaint["number"] in notices[0]["words"]
    without = await world.post(url, {"to": "team"}, headers=etag(now["version"]))
    assert places(problem(without, 422, "invalid")) == [("return_reason", "reason")]
    both = await world.post(url, {"to": "auto", "assignee": None}, headers=etag(now["version"]))
    assert places(problem(both, 422, "invalid"))[0][0] == "assignee_twice"
    back = await world.post(url, {"to": "team", "reason": "网络的事"}, headers=etag(now["version"]))
    assert back.json()["complaint"]["assignee"] is None


async def test_the_account_manager_is_a_fact_of_the_customer(amends: World):
    world = amends
    sent = {"segment": "high_value", "account_manager": "manager"}
    stored = await world.call("PUT", "/v1/customers/VIP-1", role="integration", json=sent)
    assert stored.json()["account_manager"] == "manager"
    opened = await world.post("/v1/complaints", {**OPENING, "customer": {"external_id": "VIP-1"}}, role="first_line")
    assert opened.json()["caller"]["account_manager"] == "manager"
    table = (await world.get("/v1/segments")).json()["definition"]["segments"]
    assert table["high_value"]["owner"] == "account_manager"
