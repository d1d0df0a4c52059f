"""Clocks over HTTP: what a complaint shows of them, their working, the order of the list by deadline; and on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.cli.clocks import lines
from app.desk.asking import one
from app.desk.clock_view import working
from app.worker.loop import run_once
from tests.e2e.api_world import World, etag


def clocks(complaint: Mapping[str, Any]) -> dict[str, Any]:
    return {clock["name"]: clock for clock in complaint["clocks"]}


async def test_a_complaint_shows_each_clock_its_state_in_words_and_why(amends: World, clock):
    now = await amends.opened()
    found = clocks(now)
    assert list(found) == ["acknowledge", "progress", "answer", "follow_up", "escalated", "regulator"]
    assert {name: each["state"] for name, each in found.items() if each["state"] != "running"} == {
        "follow_up": "not_started",
        "escalated": "not_started",
    }
    assert (found["acknowledge"]["target"], found["acknowledge"]["remaining_seconds"]) == ("30 working_minutes", 1800)
    assert found["answer"]["due_at"] == "2026-03-13T02:00:00Z"
    assert "Row 5 of the policy: 3 working days, counted on “Office hours”." in found["answer"]["why"]
    assert now["next_deadline"] == found["acknowledge"]["due_at"]
    zh = (await amends.get(f"/v1/complaints/{now['id']}", lang="zh")).json()
    assert (clocks(zh)["answer"]["title"], clocks(zh)["answer"]["state_in_words"]) == ("答复客户", "计时中")


async def test_the_clocks_follow_a_complaint_to_its_end_and_into_a_second_round(amends: World, clock):
    now = await amends.opened()
    clock.advance(timedelta(minutes=10))
    now = await amends.walked(now, "begin", "heard_out", "apologized", "diagnosed")
    assert clocks(now)["acknowledge"]["state"] == "met"
    now = await amends.walked(now, "ask_customer")
    assert (clocks(now)["answer"]["state"], clocks(now)["answer"]["due_at"]) == ("paused", None)
    assert clocks(now)["regulator"]["state"] == "running"
    why = clocks(now)["regulator"]["why"]
    clock.advance(timedelta(days=1))
    now = await amends.walked(now, "customer_back", "diagnosed", "solved")
    assert {name: each["state"] for name, each in clocks(now).items()} == {
        "acknowledge": "met", "progress": "met", "answer": "met", "follow_up": "running", "escalated": "not_started", "regulator": "met",
    }  # fmt: skip
    assert clocks(now)["answer"]["elapsed_seconds"] == 600
    assert clocks(now)["regulator"]["why"].startswith(why)  # day and night, still
    now = await amends.walked(now, "care_then_follow_up", "confirmed", "reopen")
    answers = [each for each in now["clocks"] if each["name"] == "answer"]
    assert [(each["round"], each["state"]) for each in answers] == [(1, "met"), (2, "running")]
    # The step that reopens it is no answer to the customer: the new round's first word is still to come.
    assert [each["state"] for each in now["clocks"] if each["name"] == "acknowledge"] == ["met", "running"]
    clock.advance(timedelta(minutes=5))
    call = {"direction": "out", "channel": "phone"}
    assert (await amends.post(f"/v1/complaints/{now['id']}/contacts", call)).status_code == 201
    seen = (await amends.get(f"/v1/complaints/{now['id']}")).json()
    found = [(each["state"], each["elapsed_seconds"]) for each in seen["clocks"] if each["name"] == "acknowledge"]
    assert found[1] == ("met", 300)


async def test_an_escalation_has_half_an_hour_by_day_and_night(amends: World, clock):
    clock.advance(timedelta(hours=14))  # midnight in Beijing
    now = await amends.walked(await amends.opened(), "escalate")
    escalated = clocks(now)["escalated"]
    assert (escalated["state"], escalated["remaining_seconds"]) == ("running", 1800)
    clock.advance(timedelta(minutes=31))
    await run_once(amends.desk, clock.now())
    seen = (await amends.get(f"/v1/complaints/{now['id']}")).json()
    assert (clocks(seen)["escalated"]["state"], seen["severity"], seen["team"]) == ("breached", 4, "duty")
    told = (await amends.get("/v1/notices", role="supervisor", lang="zh")).json()["items"]
    assert any("“升级件首次答复”已超时，应在 2026-03-11 00:30 前办到" in notice["words"] for notice in told)
    body = {"direction": "out", "channel": "phone"}
    assert (await amends.post(f"/v1/complaints/{now['id']}/contacts", body, role="supervisor")).status_code == 201
    assert clocks((await amends.get(f"/v1/complaints/{now['id']}")).json())["escalated"]["state"] == "late"


async def test_the_working_shows_marks_stretches_and_the_row_of_the_policy(amends: World, clock):
    now = await amends.opened(severity=3)
    clock.advance(timedelta(hours=3))
    path = f"/v1/complaints/{now['id']}/clocks"
    told = (await amends.get(path)).json()
    answer = next(each for each in told["items"] if each["name"] == "answer")
    assert [mark["what"] for mark in told["marks"]] == ["opened:working"]
    assert (answer["row"], answer["conditions"], answer["calendar"]) == (2, {"severity": [3]}, "office")
    assert [part["counted_seconds"] for part in answer["stretches"]] == [7200]  # an hour and a half of lunch is no working time
    assert [(level["name"], level["told_at"]) for level in answer["levels"]] == [("50", None), ("80", None), ("breach", None)]
    before = (await amends.get(path, params={"as_of": "2026-03-10T02:30:00Z"})).json()
    assert next(each for each in before["items"] if each["name"] == "answer")["elapsed_seconds"] == 1800
    found = await one(amends.desk, UUID(now["id"]))
    made_of = working(found.complaint, found.customer, found.terms, found.at, "zh")
    text = "\n".join(lines(made_of, found.terms.service.zone, "zh"))
    assert f"投诉 {now['number']}" in text
    assert "答复客户（answer，第 1 轮）：计时中" in text


async def test_a_severer_complaint_comes_first_in_the_list_by_deadline(amends: World, clock):
    calm = await amends.opened()
    severe = await amends.opened(severity=2)
    await amends.call("PATCH", f"/v1/complaints/{severe['id']}", json={"severity": 4}, headers=etag(1))
    listed = (await amends.get("/v1/complaints", params={"sort": "due"})).json()["items"]
    assert [each["id"] for each in listed] == [severe["id"], calm["id"]]
    assert clocks(listed[0])["acknowledge"]["target"] == "10 working_minutes"


async def test_a_segment_that_the_crm_changes_is_counted_by_at_once_and_fires_by_the_worker(amends: World, clock):
    known = "/v1/customers/CRM-77"
    await amends.call("PUT", known, json={"phone": "13900000077", "segment": "mass"}, role="integration")
    now = await amends.opened(customer={"external_id": "CRM-77"})
    assert clocks(now)["acknowledge"]["target"] == "30 working_minutes"
    await amends.call("PUT", known, json={"segment": "high_value"}, role="integration")
    await run_once(amends.desk, clock.now())
    seen = (await amends.get(f"/v1/complaints/{now['id']}")).json()
    assert clocks(seen)["acknowledge"]["target"] == "15 working_minutes"
    assert seen["next_deadline"] == clocks(seen)["acknowledge"]["due_at"]
    events = (await amends.get(f"/v1/complaints/{now['id']}/events")).json()["items"]
    assert [each["type"] for each in events][-1] == "clocks_set"
