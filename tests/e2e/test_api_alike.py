"""The same thing twice, over HTTP: warned of before and after it is stored, linked as a repeat, merged and taken apart again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.timers.tables import timer
from tests.e2e.api_world import PHONE, STORY, etag, places, problem

AGAIN = "流量费又多收了 30 元，上个月就打过两次电话！"
CHECK = {"customer": {"phone": PHONE}, "text": AGAIN, "tags": []}


async def test_a_second_complaint_of_the_customer_is_warned_of_with_why(amends):
    first = await amends.opened(tags=["charge.wrong_bill"])
    await amends.opened(customer={"phone": "13961235699"}, text=STORY)  # somebody else's is not told
    found = (await amends.post("/v1/complaints:check", CHECK)).json()
    (like,) = found["duplicates"]
    assert (like["id"], like["number"], like["state"], like["stage"]) == (first["id"], first["number"], "intake", "Intake")
    (why,) = like["why"]
    assert why["code"] == "same_words"
    assert {"流量", "多收"} <= set(why["values"])
    by_tag = (await amends.post("/v1/complaints:check", {**CHECK, "text": "别的话。", "tags": ["charge.wrong_bill"]})).json()
    assert [w["code"] for w in by_tag["duplicates"][0]["why"]] == ["same_cause"]
    assert (await amends.post("/v1/complaints:check", {**CHECK, "text": "手机没有信号。"})).json()["duplicates"] == []
    stored = await amends.opened(text=AGAIN)
    assert [one["number"] for one in stored["alike"]["duplicates"]] == [first["number"]]
    listed = (await amends.get("/v1/complaints")).json()["items"]
    assert len(listed) == 3  # the checks stored nothing


async def test_a_sensitive_one_of_another_owner_is_told_by_number_and_team_alone(amends):
    first = await amends.opened(sensitive=True, team="vip")
    (like,) = (await amends.post("/v1/complaints:check", CHECK, role="handler")).json()["duplicates"]
    assert (like["number"], like["team"], like["id"], like["state"], like["stage"]) == (first["number"], "vip", None, None, None)
    (seen,) = (await amends.post("/v1/complaints:check", CHECK, role="supervisor")).json()["duplicates"]
    assert seen["id"] == first["id"]


async def test_an_incident_that_fits_by_cause_place_and_time_is_suggested(amends):
    mast = {
        "title": {"zh": "基站故障", "en": "Mast down"},
        "answer": {"zh": "正在抢修。", "en": "Being repaired."},
        "cause": "net.area",
        "areas": ["南京市鼓楼区"],
        "began_at": "2026-03-01T08:00:00+08:00",
    }
    assert (await amends.post("/v1/incidents", mast, role="supervisor")).status_code == 201
    network = {"place": "南京市鼓楼区", "since": "2026-03-02T09:00:00+08:00"}
    fits = await amends.opened(tags=["net.area"], network=network)
    (one,) = fits["alike"]["incidents"]
    assert (one["title"], [w["code"] for w in one["why"]]) == ("Mast down", ["same_cause", "same_place"])
    for other in (
        {"tags": ["charge"], "network": network},
        {"tags": ["net.area"], "network": {**network, "place": "苏州市"}},
        {"tags": ["net.area"], "network": {**network, "since": "2026-02-01T00:00:00Z"}},
    ):
        assert (await amends.opened(**other))["alike"]["incidents"] == []


async def test_a_repeat_carries_the_count_of_the_earlier_one_on(amends, clock):
    many = []
    for _ in range(3):
        many.append(await amends.opened())
        clock.advance(timedelta(minutes=1))
    for earlier, later, count in ((0, 1, 1), (1, 2, 2)):
        answer = await amends.post(f"/v1/complaints/{many[later]['id']}/repeat", {"of": many[earlier]["id"]})
        assert answer.status_code == 200, answer.text
        assert answer.json()["complaint"]["counters"] == {"repeats": count}
    repeats = (await amends.get(f"/v1/complaints?repeat_of={many[0]['id']}")).json()["items"]
    assert [one["id"] for one in repeats] == [many[1]["id"]]
    back = await amends.post(f"/v1/complaints/{many[0]['id']}/repeat", {"of": many[1]["id"]})
    assert places(problem(back, 422, "invalid")) == [("repeat_not_earlier", "of")]
    stranger = await amends.opened(customer={"phone": "13961235699"})
    other = await amends.post(f"/v1/complaints/{stranger['id']}/repeat", {"of": many[0]["id"]})
    assert places(problem(other, 422, "invalid")) == [("repeat_other_customer", "of")]


async def test_a_merge_is_undone_with_its_stage_and_its_timers_within_a_day(amends, clock):
    target = await amends.opened()
    one = await amends.walked(await amends.opened(), "begin", "heard_out", "apologized", "diagnosed", "ask_customer")
    assert one["timers"]
    merged = await amends.post(
        f"/v1/complaints/{one['id']}/merge", {"into": target["id"]}, role="supervisor", headers=etag(one["version"])
    )
    assert (merged.json()["complaint"]["final"], merged.json()["complaint"]["timers"]) == (True, [])
    clock.advance(timedelta(hours=2))
    undone = await amends.post(f"/v1/complaints/{one['id']}/merge/undo", {"note": "是两张不同的账单"})
    assert undone.status_code == 200, undone.text
    now = undone.json()["complaint"]
    same = ("state", "kind", "final", "timers", "merged_into", "closed_at", "closed_as", "assignee", "counters")
    assert {name: now[name] for name in same} == {name: one[name] for name in same}
    async with amends.desk.runtime.db.read() as conn:
        own = timer.c.complaint_id == UUID(one["id"])
        armed = (await conn.execute(select(timer.c.armed_by_seq).where(own, timer.c.name.not_like("clock:%")))).scalars().all()
    assert armed.count(now["version"]) == len(one["timers"])
    as_then = (await amends.get(f"/v1/complaints/{one['id']}?as_of={now['updated_at'].replace('+', '%2B')}")).json()
    assert as_then["state"] == one["state"]
    history = (await amends.get(f"/v1/complaints/{target['id']}/events")).json()["items"]
    assert [e["type"] for e in history] == ["opened", "merged", "merge_undone"]
    twice = await amends.post(f"/v1/complaints/{one['id']}/merge/undo", {})
    assert places(problem(twice, 409, "change_refused")) == [("merge_none", "state")]


async def test_after_a_day_a_merge_stays(amends, clock):
    target, one = await amends.opened(), await amends.opened()
    await amends.post(f"/v1/complaints/{one['id']}/merge", {"into": target["id"]}, role="supervisor", headers=etag(1))
    clock.advance(timedelta(hours=25))
    late = await amends.post(f"/v1/complaints/{one['id']}/merge/undo", {})
    assert places(problem(late, 409, "change_refused")) == [("merge_undo_late", "state")]
