"""Appeals over HTTP: beside their complaint, with the dates of the body, our reply and the result."""

from __future__ import annotations

from datetime import timedelta

from tests.e2e.api_world import etag, places, problem

GIVEN = {
    "body": "miit_12300",
    "reference": "SD2026-03-000123",
    "ground": "用户称流量费多收。",
    "received_at": "2026-03-06T10:00:00+08:00",  # a Friday
}


async def test_an_appeal_has_its_dates_and_makes_the_complaint_severe_and_sensitive(amends):
    one = await amends.opened()
    answer = await amends.post(f"/v1/complaints/{one['id']}/appeals", GIVEN)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    now, appeal = made["complaint"], made["item"]
    assert (now["severity"], now["sensitive"], now["counters"]["open_appeals"]) == (4, True, 1)
    # Five and ten working days after that Friday, at the hour at which it came.
    assert appeal["due"] == {"acceptance": "2026-03-13T02:00:00Z", "reply": "2026-03-20T02:00:00Z"}
    assert appeal["reply_due_at"] == appeal["due"]["reply"]
    (listed,) = (await amends.get(f"/v1/complaints/{one['id']}/appeals")).json()["items"]
    assert (listed["reference"], listed["ground"]) == (GIVEN["reference"], GIVEN["ground"])
    (notice,) = (await amends.get("/v1/notices", role="supervisor")).json()["items"]
    assert (notice["kind"], notice["complaint_id"]) == ("appeal_received", one["id"])
    events = (await amends.get(f"/v1/complaints/{one['id']}/events")).text
    assert "appealed" in events
    assert GIVEN["reference"] not in events


async def test_an_appeal_goes_on_step_by_step_to_its_result(amends, clock):
    one = await amends.opened()
    first = (await amends.post(f"/v1/complaints/{one['id']}/appeals", {"body": "miit_12300"})).json()["item"]
    second = (await amends.post(f"/v1/complaints/{one['id']}/appeals", {"body": "court"})).json()["item"]
    due = (await amends.get("/v1/appeals", role="supervisor")).json()["items"]
    assert [(item["id"], item["number"]) for item in due] == [
        (appeal["id"], one["number"]) for appeal in sorted((first, second), key=lambda a: a["reply_due_at"])
    ]
    path = f"/v1/complaints/{one['id']}/appeals/{first['id']}/steps"
    bare = problem(await amends.post(path, {"status": "replied"}), 422, "invalid")
    assert places(bare) == [("appeal_reply", "by"), ("appeal_reply", "words")]
    assert places(problem(await amends.post(path, {"status": "ended"}), 422, "invalid")) == [("appeal_result", "result")]
    accepted = (await amends.post(path, {"status": "accepted"})).json()["item"]
    assert accepted["due"].keys() == {"acceptance", "reply", "answer"}
    clock.advance(timedelta(days=1))
    replied = (await amends.post(path, {"status": "replied", "by": "letter", "words": "已退还。"})).json()["item"]
    assert (replied["replied_by"], replied["reply_due_at"]) == ("letter", None)
    ended = (await amends.post(path, {"status": "ended", "result": "partly", "words": "部分支持。"})).json()
    assert (ended["item"]["result"], ended["complaint"]["counters"]["open_appeals"]) == ("partly", 1)
    again = problem(await amends.post(path, {"status": "replied", "by": "letter", "words": "再答。"}), 409, "change_refused")
    assert places(again) == [("appeal_ended", "status")]
    left = (await amends.get("/v1/appeals", role="supervisor")).json()["items"]
    assert [item["id"] for item in left] == [second["id"]]
    types = [e["type"] for e in (await amends.get(f"/v1/complaints/{one['id']}/events")).json()["items"]]
    assert types == ["opened", "appealed", "appealed", "appeal_moved", "appeal_moved", "appeal_moved"]


async def test_an_appeal_may_come_after_the_end(amends):
    one = await amends.walked(await amends.opened(), "close_at_first_contact", role="first_line")
    assert one["final"]
    answer = await amends.post(f"/v1/complaints/{one['id']}/appeals", {"body": "court"})
    assert (answer.status_code, answer.json()["complaint"]["final"]) == (201, True)


async def test_unknown_bodies_and_days_to_come_are_refused(amends):
    one = await amends.opened()
    path = f"/v1/complaints/{one['id']}/appeals"
    unknown = problem(await amends.post(path, {"body": "newspaper"}), 422, "invalid")
    assert places(unknown) == [("appeal_body", "body")]
    assert "miit_12300" in unknown["reasons"][0]["message"]
    later = await amends.post(path, {"body": "court", "received_at": "2099-01-01T00:00:00Z"})
    assert places(problem(later, 422, "invalid")) == [("in_the_future", "received_at")]
    now = (await amends.get(f"/v1/complaints/{one['id']}")).json()
    lowered = await amends.call("PATCH", f"/v1/complaints/{one['id']}", json={"severity": 1}, headers=etag(now["version"]))
    assert lowered.status_code == 409
