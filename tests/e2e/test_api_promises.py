"""Promises over HTTP: who may promise what by when, what becomes of it by itself, and how it is told and counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.clock import FrozenClock
from app.worker.loop import run_once
from tests.e2e.api_world import World, etag, places, problem

LATER = "2026-03-12T18:00:00+08:00"
CARD = {"kind": "deliver_card", "due": "两周内", "text": "贵宾卡两周内寄到"}


async def promised(amends: World, complaint: dict[str, Any], body: dict[str, Any], **more: Any) -> Any:
    return await amends.post(f"/v1/complaints/{complaint['id']}/promises", body, **more)


def to(clock: FrozenClock, at: datetime) -> datetime:
    return clock.advance(at - clock.now())


async def notices(amends: World, role: str) -> list[str]:
    return [one["kind"] for one in (await amends.get("/v1/notices", role=role)).json()["items"]]


async def listed(amends: World, query: str, role: str = "supervisor") -> list[dict[str, Any]]:
    answer = await amends.get(f"/v1/promises?{query}", role=role)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_a_promise_is_counted_until_it_ends_and_ends_once(amends: World):
    now = await amends.opened()
    made = await promised(amends, now, {"kind": "call_back", "due_at": LATER, "text": "周四下班前回电。"})
    assert made.status_code == 201, made.text
    assert made.json()["complaint"]["open_promises"] == 1
    assert made.json()["item"]["owner_id"] == now["owner"]
    outcome = f"/v1/complaints/{now['id']}/promises/{made.json()['item']['id']}/outcome"
    for body, code in (({"status": "kept"}, "evidence_missing"), ({"status": "withdrawn"}, "withdrawal_reason_missing")):
        assert places(problem(await amends.post(outcome, body), 422, "invalid")) == [(code, "evidence")]
    ended = await amends.post(outcome, {"status": "broken", "evidence": "没有打"})
    assert (ended.json()["complaint"]["open_promises"], ended.json()["complaint"]["broken_promises"]) == (0, 1)
    again = await amends.post(outcome, {"status": "withdrawn", "evidence": "不办了"})
    assert places(problem(again, 409, "change_refused")) == [("promise_ended", "status")]
    other = f"/v1/complaints/{now['id']}/promises/0195b4f0-7c00-7000-8000-000000000000/outcome"
    problem(await amends.post(other, {"status": "kept", "evidence": "x"}), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"kind": "call_back", "due_at": "2026-03-01T00:00:00Z"}, ("in_the_past", "due_at")),
        ({"kind": "call_back", "due": "昨天"}, ("due_not_understood", "due")),
        ({"kind": "call_back", "due": "2026-03-01"}, ("in_the_past", "due")),
        ({"kind": "call_back", "due": "next wednesday"}, ("due_ambiguous", "due")),
        ({"kind": "call_bak", "due_at": LATER}, ("promise_kind_unknown_near", "kind")),
        ({"kind": "call_back"}, ("due_missing", "body")),
        ({"kind": "call_back", "due_at": LATER, "owner": "0195b4f0-7c00-7000-8000-000000000000"}, ("user_unknown", "owner")),
    ],
)
async def test_a_promise_that_cannot_be_is_refused_with_its_field(embedded: World, body: dict[str, Any], place: tuple[str, str]):
    found = problem(await promised(embedded, await embedded.opened(), body), 422, "invalid")
    assert places(found) == [place]


async def test_an_unclear_date_is_answered_with_the_readings(embedded: World):
    found = problem(
        await promised(embedded, await embedded.opened(), {"kind": "call_back", "due": "next wednesday"}), 422, "invalid"
    )
    message = found["reasons"][0]["message"]
    assert "2026-03-11T22:00+08:00, 2026-03-18T22:00+08:00" in message


async def test_a_complaint_without_an_owner_promises_nothing_until_somebody_is_named(amends: World):
    opened = await amends.post(
        "/v1/complaints", {"customer": {"phone": "13912340000"}, "channel": "web", "text": "x"}, role="integration"
    )
    now = opened.json()
    body = {"kind": "call_back", "due_at": LATER}
    assert places(problem(await promised(amends, now, body), 422, "invalid")) == [("promise_owner_missing", "owner")]
    me = (await amends.get("/v1/me")).json()["id"]
    assert (await promised(amends, now, {**body, "owner": me})).status_code == 201


async def test_what_a_department_has_not_taken_on_is_promised_by_a_supervisor_or_as_progress(amends: World):
    now = await amends.opened()
    refused = problem(await promised(amends, now, CARD), 409, "change_refused")
    assert places(refused) == [("promise_not_accepted", "kind")]
    said = refused["reasons"][0]["message"]
    assert "2026-03-17T10:00+08:00" in said
    assert "word: progress" in said
    assert "I will call you by 24 March, 18:00" in said
    zh = problem(await promised(amends, now, CARD, lang="zh"), 409, "change_refused")["reasons"][0]["message"]
    assert "我在3月24日18:00前给您打电话" in zh
    progress = await promised(amends, now, {**CARD, "word": "progress"})
    assert (progress.status_code, progress.json()["item"]["word"]) == (201, "progress")
    by_supervisor = await promised(amends, now, CARD, role="supervisor")
    assert by_supervisor.json()["item"]["waived"] == ["promise_not_accepted"]
    orders = f"/v1/complaints/{now['id']}/work-orders"
    order = (await amends.post(orders, {"department": "delivery", "request": "补制贵宾卡", "kind": "card"})).json()["item"]
    assert places(problem(await promised(amends, now, CARD), 409, "change_refused")) == [("promise_not_accepted", "kind")]
    await amends.post(f"{orders}/{order['id']}/moves", {"status": "assigned"}, role="back_office")
    early = problem(await promised(amends, now, {**CARD, "due": "3个工作日内"}), 409, "change_refused")
    assert places(early) == [("promise_too_early", "due")]
    made = await promised(amends, now, CARD)
    assert (made.status_code, made.json()["item"]["due_at"]) == (201, "2026-03-24T10:00:00Z")


async def test_only_the_roles_of_a_kind_may_promise_it(embedded: World):
    now = await embedded.opened()
    refused = await promised(embedded, now, {"kind": "written_answer", "due": "within a week"}, role="first_line")
    assert places(problem(refused, 409, "change_refused")) == [("promise_role", "kind")]
    assert (await promised(embedded, now, {"kind": "written_answer", "due": "within a week"})).status_code == 201


async def test_it_is_reminded_listed_as_likely_broken_and_breaks_by_itself_once(amends: World, clock):
    now = await amends.opened()
    made = (await promised(amends, now, {"kind": "written_answer", "due": "in 4 working days"})).json()["item"]
    assert made["due_at"] == "2026-03-16T10:00:00Z"
    assert await listed(amends, "likely_break=true") == []
    desk = amends.desk
    assert (await run_once(desk, to(clock, datetime.fromisoformat(made["remind_at"]) - timedelta(seconds=1))))["commitments"] == 0
    assert (await run_once(desk, clock.advance(timedelta(seconds=1))))["commitments"] == 1
    assert (await run_once(desk, clock.advance(timedelta(seconds=1))))["commitments"] == 0
    assert "promise_due" in await notices(amends, "first_line")
    to(clock, datetime.fromisoformat(made["likely_at"]))
    (likely,) = await listed(amends, f"likely_break=true&status=open&owner={now['owner']}&due_before=2026-04-01T00:00:00Z")
    assert (likely["id"], likely["number"], likely["likely_break"]) == (made["id"], now["number"], True)
    to(clock, datetime.fromisoformat(made["due_at"]) + timedelta(days=1))
    assert [(await run_once(desk, clock.now()))["commitments"] for _ in range(2)] == [1, 0]
    after = (await amends.get(f"/v1/complaints/{now['id']}")).json()
    assert (after["open_promises"], after["broken_promises"]) == (0, 1)
    told = (await amends.get(f"/v1/complaints/{now['id']}/events?limit=200")).json()["items"]
    ended = [e for e in told if e["type"] == "promise_ended"]
    assert [(e["actor"], e["data"]["status"], e["occurred_at"]) for e in ended] == [("system", "broken", made["due_at"])]
    assert (await notices(amends, "supervisor")).count("promise_broken") == 1
    assert (await notices(amends, "first_line")).count("promise_broken") == 1


async def test_kept_after_it_was_due_is_kept_late_and_stays_counted_as_broken(amends: World, clock):
    now = await amends.opened()
    made = (await promised(amends, now, {"kind": "call_back", "due": "in 2 hours"})).json()["item"]
    path = f"/v1/complaints/{now['id']}/promises/{made['id']}"
    assert places(problem(await amends.post(f"{path}/told", {"channel": "phone"}), 409, "change_refused")) == [
        ("promise_still_open", "status")
    ]
    await run_once(amends.desk, clock.advance(timedelta(hours=3)))
    late = await amends.post(f"{path}/outcome", {"status": "kept", "reference": "REC-7", "evidence_kind": "recording"})
    assert late.json()["item"]["status"] == "kept_late"
    assert (late.json()["complaint"]["open_promises"], late.json()["complaint"]["broken_promises"]) == (0, 1)
    (untold,) = await listed(amends, "told=false&status=kept_late")
    assert untold["evidence"] == {"kind": "recording", "reference": "REC-7"}
    told = await amends.post(f"{path}/told", {"channel": "phone"})
    assert (told.json()["item"]["told_channel"], told.json()["events"][0]["type"]) == ("phone", "promise_told")
    assert await listed(amends, "told=false&status=kept_late") == []


async def test_kept_in_time_and_recorded_later_is_kept_though_it_was_taken_for_broken(amends: World, clock):
    now = await amends.opened()
    made = (await promised(amends, now, {"kind": "call_back", "due": "in 2 hours"})).json()["item"]
    path = f"/v1/complaints/{now['id']}/promises/{made['id']}/outcome"
    called = (clock.now() + timedelta(hours=1)).isoformat()
    await run_once(amends.desk, clock.advance(timedelta(hours=3)))
    assert (await amends.get(f"/v1/complaints/{now['id']}")).json()["broken_promises"] == 1
    kept = await amends.post(path, {"status": "kept", "evidence": "录音里有", "kept_at": called})
    item, after = kept.json()["item"], kept.json()["complaint"]
    assert (item["status"], item["broken_at"], datetime.fromisoformat(item["ended_at"])) == (
        "kept",
        None,
        datetime.fromisoformat(called),
    )
    assert (after["open_promises"], after["broken_promises"]) == (0, 0)
    told = (await amends.get(f"/v1/complaints/{now['id']}/events?limit=200")).json()["items"]
    broken, mended = [e for e in told if e["type"] == "promise_ended"]
    assert (broken["data"]["status"], mended["data"]["status"], mended["data"]["was"]) == ("broken", "kept", "broken")
    assert (datetime.fromisoformat(mended["occurred_at"]), datetime.fromisoformat(mended["at"])) == (
        datetime.fromisoformat(called), clock.now(),
    )  # fmt: skip
    query = "from=2026-03-10T00:00:00Z&to=2026-03-11T00:00:00Z"
    report = (await amends.get(f"/v1/reports/promises?{query}", role="supervisor")).json()
    assert (report["whole"]["counts"]["kept"], report["whole"]["rate"]) == (1, 1.0)
    again = await amends.post(path, {"status": "kept", "evidence": "x", "kept_at": called})
    assert places(problem(again, 409, "change_refused")) == [("promise_ended", "status")]


async def test_what_was_recorded_as_kept_late_is_put_right_by_the_time_it_was_kept(embedded: World, clock):
    now = await embedded.opened()
    made = (await promised(embedded, now, {"kind": "call_back", "due": "in 2 hours"})).json()["item"]
    path = f"/v1/complaints/{now['id']}/promises/{made['id']}/outcome"
    begun = clock.now()
    clock.advance(timedelta(hours=3))
    late = await embedded.post(path, {"status": "kept", "evidence": "打了"})
    assert (late.json()["item"]["status"], late.json()["complaint"]["broken_promises"]) == ("kept_late", 1)
    for at, code in ((begun - timedelta(seconds=1), "before_it_was_made"), (clock.now() + timedelta(seconds=1), "in_the_future")):
        wrong = await embedded.post(path, {"status": "kept", "evidence": "打了", "kept_at": at.isoformat()})
        assert places(problem(wrong, 422, "invalid")) == [(code, "kept_at")]
    broken = await embedded.post(path, {"status": "broken", "kept_at": begun.isoformat()})
    problem(broken, 409, "change_refused")
    kept = await embedded.post(path, {"status": "kept", "evidence": "打了", "kept_at": (begun + timedelta(hours=2)).isoformat()})
    assert (kept.json()["item"]["status"], kept.json()["complaint"]["broken_promises"]) == ("kept", 0)


async def test_a_time_of_keeping_goes_with_kept_only(embedded: World, clock):
    now = await embedded.opened()
    made = (await promised(embedded, now, {"kind": "call_back", "due": "in 2 hours"})).json()["item"]
    path = f"/v1/complaints/{now['id']}/promises/{made['id']}/outcome"
    wrong = await embedded.post(path, {"status": "withdrawn", "evidence": "x", "kept_at": clock.now().isoformat()})
    assert places(problem(wrong, 422, "invalid")) == [("only_for_kept", "kept_at")]
    late = {"status": "kept", "evidence": "x", "kept_at": (clock.advance(timedelta(hours=5)) - timedelta(hours=1)).isoformat()}
    assert (await embedded.post(path, late)).json()["item"]["status"] == "kept_late"


async def test_late_before_anybody_looked_is_late_all_the_same(amends: World, clock):
    now = await amends.opened()
    made = (await promised(amends, now, {"kind": "call_back", "due": "in 2 hours"})).json()["item"]
    clock.advance(timedelta(hours=3))
    late = await amends.post(f"/v1/complaints/{now['id']}/promises/{made['id']}/outcome", {"status": "kept", "evidence": "打了"})
    assert (late.json()["item"]["status"], late.json()["complaint"]["broken_promises"]) == ("kept_late", 1)
    assert (await run_once(amends.desk, clock.now()))["commitments"] == 0


async def test_nothing_that_the_customer_writes_cancels_it_and_it_outlives_the_closing(amends: World, clock):
    now = await amends.opened()
    await promised(amends, now, {"kind": "progress", "due": "within a week"})
    await amends.post(f"/v1/complaints/{now['id']}/contacts", {"direction": "in", "channel": "sms", "note": "谢谢，不用了"})
    current = (await amends.get(f"/v1/complaints/{now['id']}")).json()
    body = {"transition": "withdraw", "data": {"withdraw_reason": "no_time"}}
    closed = await amends.post(f"/v1/complaints/{now['id']}/transitions", body, headers=etag(current["version"]))
    assert (closed.json()["complaint"]["final"], closed.json()["complaint"]["open_promises"]) == (True, 1)
    await run_once(amends.desk, clock.advance(timedelta(days=8)))
    assert (await amends.get(f"/v1/complaints/{now['id']}")).json()["broken_promises"] == 1


async def test_a_new_owner_gets_the_open_promises_with_the_complaint(amends: World):
    now = await amends.opened()
    made = (await promised(amends, now, {"kind": "progress", "due": "within a week"})).json()["item"]
    me = (await amends.get("/v1/me")).json()["id"]
    assert me != made["owner_id"]
    version = (await amends.get(f"/v1/complaints/{now['id']}")).json()["version"]
    handed = await amends.post(f"/v1/complaints/{now['id']}/assignment", {"owner": me}, headers=etag(version), role="supervisor")
    assert [event["type"] for event in handed.json()["events"]] == ["assigned", "promise_handed_over"]
    (mine,) = await listed(amends, f"owner={me}")
    assert (mine["id"], mine["status"]) == (made["id"], "open")
    assert await notices(amends, "handler") == ["promise_handed_over"]


async def test_the_report_counts_by_one_definition_and_opens_the_rows(amends: World, clock):
    now = await amends.opened()
    ids = [(await promised(amends, now, {"kind": "call_back", "due": f"in {n} hours"})).json()["item"]["id"] for n in (1, 2, 3, 4)]
    base = f"/v1/complaints/{now['id']}/promises"
    await amends.post(f"{base}/{ids[0]}/outcome", {"status": "kept", "evidence": "已回电"})
    await amends.post(f"{base}/{ids[1]}/outcome", {"status": "withdrawn", "evidence": "客户来店里了"})
    await run_once(amends.desk, clock.advance(timedelta(hours=3, minutes=1)))
    await amends.post(f"{base}/{ids[2]}/outcome", {"status": "kept", "evidence": "迟了"})
    query = "from=2026-03-10T00:00:00Z&to=2026-03-11T00:00:00Z"
    report = (await amends.get(f"/v1/reports/promises?{query}", role="supervisor")).json()
    (group,) = report["items"]
    assert group["counts"] == {"kept": 1, "kept_late": 1, "broken": 0, "withdrawn": 1, "open": 1}
    assert (group["id"], group["name"], group["rate"]) == (now["owner"], "first_line.one", 0.5)
    assert report["whole"]["rate"] == 0.5
    assert "kept in time ÷" in report["definition"]
    behind = (await amends.get(f"{group['rows']}&status=kept_late", role="supervisor")).json()["items"]
    assert [one["id"] for one in behind] == [ids[2]]
    backwards = await amends.get("/v1/reports/promises?from=2026-03-11T00:00:00Z&to=2026-03-10T00:00:00Z", role="supervisor")
    assert places(problem(backwards, 422, "invalid")) == [("period_backwards", "to")]


async def test_promises_are_paged_those_due_first(amends: World):
    now = await amends.opened()
    for hours in (5, 3, 4, 1, 2):
        await promised(amends, now, {"kind": "call_back", "due": f"in {hours} hours"})
    seen: list[str] = []
    address = f"/v1/promises?complaint={now['id']}&limit=2"
    cursor = ""
    while True:
        page = (await amends.get(address + cursor)).json()
        seen += [one["due_at"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == 5
    assert seen == sorted(seen)
