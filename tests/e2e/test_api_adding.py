"""What is added to a complaint, changed on it, merged into it; and what it does to the version."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.e2e.api_world import OPENING, World, etag, places, problem

LATER = "2026-03-12T18:00:00+08:00"


async def test_a_note_is_kept_in_the_history_and_leaves_the_version(amends: World):
    now = await amends.opened()
    answer = await amends.post(f"/v1/complaints/{now['id']}/notes", {"text": "客户要求六点后回电。\r\n第二行"})
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    last = (await amends.get(f"/v1/complaints/{now['id']}/events")).json()["items"][-1]
    assert (last["type"], last["seq"], last["data"]) == ("noted", None, {"note": "客户要求六点后回电。\n第二行"})


async def test_a_contact_raises_the_version_only_where_it_changes_a_fact(amends: World):
    now = await amends.opened()
    path = f"/v1/complaints/{now['id']}/contacts"
    plain = await amends.post(path, {"direction": "in", "channel": "app"})
    assert (plain.status_code, plain.headers["etag"]) == (201, '"1"')
    proved = await amends.post(
        path, {"direction": "in", "channel": "phone", "verification": 2, "emotion_start": 4, "emotion_end": 2}
    )
    assert proved.headers["etag"] == '"2"'
    assert proved.json()["item"]["verification"] == proved.json()["complaint"]["verification"] == 2
    missed = await amends.post(path, {"direction": "out", "channel": "phone", "outcome": "no_answer"})
    assert [attempt["outcome"] for attempt in missed.json()["complaint"]["attempts"]] == ["no_answer"]
    future = await amends.post(path, {"direction": "in", "channel": "phone", "at": LATER})
    assert places(problem(future, 422, "invalid")) == [("in_the_future", "at")]


async def change(amends: World, complaint: dict[str, Any], body: dict[str, Any], role: str = "handler") -> Any:
    version = (await amends.get(f"/v1/complaints/{complaint['id']}")).json()["version"]
    return await amends.call("PATCH", f"/v1/complaints/{complaint['id']}", json=body, headers=etag(version), role=role)


async def test_a_change_is_stored_with_its_event_and_only_leads_may_lower(amends: World):
    now = await amends.opened(severity=2)
    raised = await change(amends, now, {"severity": 4, "tags": ["charge"], "remedy_sought": {"kind": "refund", "amount": "88"}})
    assert raised.status_code == 200
    assert raised.json()["complaint"]["severity"] == 4
    event = raised.json()["events"][0]
    assert event["type"] == "changed"
    assert event["data"]["to"]["remedy_sought"]["amount"] == "88.00"
    for body, code in (({"severity": 1}, "severity_lowered"), ({"severity": 3, "emotion": 2}, "severity_lowered")):
        assert places(problem(await change(amends, now, body), 409, "change_refused")) == [(code, "severity")]
    assert (await change(amends, now, {"severity": 1, "reason": "金额核实过了"}, role="supervisor")).status_code == 200
    for name in ("severity", "sensitive", "tags", "motives"):
        problem(await change(amends, now, {name: None}), 422, "invalid")
    assert places(problem(await change(amends, now, {}), 422, "invalid")) == [("nothing_to_change", "body")]
    assert places(problem(await change(amends, now, {"reason": "因为"}), 422, "invalid")) == [("nothing_to_change", "body")]
    assert (await change(amends, now, {"emotion": None, "remedy_sought": None})).status_code == 200


async def test_the_motive_may_be_set_until_half_an_hour_after_the_contact(amends: World, clock):
    now = await amends.opened()
    clock.advance(timedelta(minutes=29))
    assert (await change(amends, now, {"motives": ["vent", "respect"]})).json()["complaint"]["motives"] == ["vent", "respect"]
    clock.advance(timedelta(minutes=2))
    assert places(problem(await change(amends, now, {"motives": ["vent"]}), 409, "change_refused")) == [
        ("motives_too_late", "motives")
    ]


async def test_an_unknown_user_cannot_be_charged_with_it(amends: World):
    now = await amends.opened()
    body = {"assignee": "0195b4f0-7c00-7000-8000-000000000000"}
    answer = await amends.post(f"/v1/complaints/{now['id']}/assignment", body, headers=etag(1))
    assert places(problem(answer, 422, "invalid")) == [("user_unknown", "assignee")]
    only = await amends.post(f"/v1/complaints/{now['id']}/assignment", {"reason": "x"}, headers=etag(1))
    assert places(problem(only, 422, "invalid")) == [("nothing_to_assign", "body")]


async def test_two_complaints_about_one_thing_become_one(amends: World):
    one, two = await amends.opened(), await amends.opened()
    other = await amends.opened(customer={"external_id": "C-9"})
    for target, code in ((two["id"], "merge_itself"), (other["id"], "merge_other_customer"), (OTHER, "merge_unknown")):
        answer = await amends.post(f"/v1/complaints/{two['id']}/merge", {"into": target}, headers=etag(1))
        assert places(problem(answer, 422, "invalid")) == [(code, "into")]
    body = {"into": one["id"], "note": "同一件事"}
    merged = await amends.post(f"/v1/complaints/{two['id']}/merge", body, headers=etag(1))
    assert merged.status_code == 200, merged.text
    assert merged.json()["complaint"]["merged_into"] == one["id"]
    assert merged.json()["complaint"]["final"]
    history = (await amends.get(f"/v1/complaints/{one['id']}/events")).json()["items"]
    assert history[-1]["type"] == "merged"
    assert history[-1]["data"]["number"] == two["number"]


OTHER = "0195b4f0-7c00-7000-8000-000000000000"


async def test_the_same_step_for_many_has_a_result_each(amends: World):
    many = [await amends.opened() for _ in range(3)]
    step = next(
        a for a in (await amends.actions(many[0]["id"], "supervisor"))["items"] if a["allowed"] and not a["form"]["required"]
    )
    body = {"ids": [*(c["id"] for c in many), OTHER], "transition": step["name"], "note": "一起"}
    answer = await amends.post("/v1/complaints:transition", body, role="supervisor", lang="zh")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["taken"], found["refused"]) == (3, 1)
    assert [item["status"] for item in found["items"]] == [200, 200, 200, 404]
    assert found["items"][0]["version"] == 2
    assert found["items"][3]["problem"]["detail"] == "没有这个投诉；请核对是否写对。"


async def test_the_history_comes_in_pages(amends: World):
    now = await amends.opened()
    for number in range(5):
        await amends.post(f"/v1/complaints/{now['id']}/notes", {"text": f"第 {number} 条"})
    path = f"/v1/complaints/{now['id']}/events"
    first = (await amends.get(path, params={"limit": 4})).json()
    rest = (await amends.get(path, params={"limit": 4, "cursor": first["next_cursor"]})).json()
    assert [e["type"] for e in first["items"] + rest["items"]] == ["opened", *["noted"] * 5]
    assert rest["next_cursor"] is None
    assert first["items"][0]["data"]["text"] == OPENING["text"]


async def test_the_same_reference_of_a_source_is_taken_in_once(amends: World):
    await amends.opened(source="crm", external_ref="T-1")
    again = await amends.post("/v1/complaints", {**OPENING, "source": "crm", "external_ref": "T-1"})
    assert places(problem(again, 409, "already_there")) == [("external_ref_taken", "external_ref")]
