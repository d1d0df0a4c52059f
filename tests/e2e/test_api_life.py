"""A complaint over HTTP, from the first word to its end, and everything that belongs to it."""

from __future__ import annotations

from datetime import timedelta

from tests.e2e.api_world import OPENING, STORY, World, etag, filled


async def test_a_complaint_opened_by_phone_is_answered_masked_with_its_version_and_address(amends: World):
    answer = await amends.post(
        "/v1/complaints", {**OPENING, "remedy_sought": {"kind": "refund", "amount": "30.5"}}, role="first_line"
    )
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"/v1/complaints/{made['id']}"
    assert answer.headers["etag"] == '"1"'
    assert made["customer"]["phone"] == "1396…5611"
    assert made["customer"]["name"] == "张**"
    assert made["customer"]["provisional"]
    read = (await amends.get(answer.headers["location"])).json()
    assert read["text"] == STORY
    assert read["remedy_sought"] == {"kind": "refund", "amount": "30.50"}
    only_then = {"alike", "severity_suggested"}  # told once, when it is taken in
    assert {name: read[name] for name in made.keys() - only_then} == {n: v for n, v in made.items() if n not in only_then}


async def test_a_client_that_knows_only_actions_walks_a_complaint_to_its_end(amends: World):
    now = await amends.opened()
    for _ in range(40):
        if now["final"]:
            break
        found = (await amends.get(f"/v1/complaints/{now['id']}/actions")).json()
        step = next(a for a in found["items"] if a["allowed"])
        body = {"transition": step["name"], "data": filled(step["form"]), "note": "因为" if step["note_required"] else None}
        answer = await amends.post(f"/v1/complaints/{now['id']}/transitions", body, headers=etag(now["version"]))
        assert answer.status_code == 200, (step["name"], answer.text)
        events = answer.json()["events"]
        assert events[0]["seq"] == answer.json()["complaint"]["version"] == now["version"] + 1
        now = answer.json()["complaint"]
    assert now["final"]
    history = (await amends.get(f"/v1/complaints/{now['id']}/events")).json()["items"]
    assert [e["seq"] for e in history if e["seq"]] == list(range(1, now["version"] + 1))


async def test_the_record_is_read_as_it_was(amends: World, clock):
    now = await amends.opened()
    before = clock.now()
    clock.advance(timedelta(minutes=10))
    first = next(a for a in (await amends.actions(now["id"]))["items"] if a["allowed"])["name"]
    later = await amends.walked(now, first)
    assert later["version"] == 2
    then = (await amends.get(f"/v1/complaints/{now['id']}", params={"as_of": before.isoformat()})).json()
    assert (then["state"], then["version"], then["text"]) == (now["state"], 1, STORY)
    early = before - timedelta(days=1)
    assert (await amends.get(f"/v1/complaints/{now['id']}", params={"as_of": early.isoformat()})).status_code == 404
