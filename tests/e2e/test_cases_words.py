"""Two cases of the domain over HTTP, as far as promises and work orders go: the broken promise, and too angry today."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.clock import FrozenClock
from app.worker.loop import run_once
from tests.e2e.api_world import World, etag, filled


async def step(amends: World, complaint: dict[str, Any], name: str, role: str, **data: Any) -> dict[str, Any]:
    path = f"/v1/complaints/{complaint['id']}"
    version = (await amends.get(path, role=role)).json()["version"]
    form = next(a for a in (await amends.actions(complaint["id"], role))["items"] if a["name"] == name)
    body = {"transition": name, "data": {**filled(form["form"]), **data}}
    answer = await amends.post(f"{path}/transitions", body, role=role, headers=etag(version))
    assert answer.status_code == 200, (name, answer.text)
    return dict(answer.json()["complaint"])


async def events(amends: World, complaint: dict[str, Any]) -> list[str]:
    found = (await amends.get(f"/v1/complaints/{complaint['id']}/events?limit=200", role="auditor")).json()["items"]
    return [one["transition"] or one["type"] for one in found]


async def test_broken_promise_a_new_one_on_ordered_work_is_kept_and_told(amends: World, clock: FrozenClock):
    handler = "account_manager"
    opened = await amends.post(
        "/v1/complaints",
        {"customer": {"phone": "13800000488"}, "channel": "phone", "text": "半年前答应的贵宾卡还没有", "emotion": 4},
        role=handler,
    )
    now = opened.json()
    for name in ("begin", "heard_out", "apologized", "diagnosed"):
        now = await step(amends, now, name, handler)
    path = f"/v1/complaints/{now['id']}"
    card = {"kind": "deliver_card", "due": "within two weeks", "text": "贵宾卡两周内送到"}

    refused = await amends.post(f"{path}/promises", card, role=handler)  # delivery has not heard of it yet
    assert refused.json()["reasons"][0]["code"] == "promise_not_accepted"
    order = await amends.post(
        f"{path}/work-orders",
        {"department": "delivery", "kind": "card", "request": "补制贵宾卡并寄出", "blocking": True},
        role=handler,
    )
    moves = f"{path}/work-orders/{order.json()['item']['id']}/moves"
    assert order.json()["item"]["due_at"] == "2026-03-17T02:00:00Z"
    assert (await amends.post(moves, {"status": "assigned"}, role="back_office")).status_code == 200
    made = await amends.post(f"{path}/promises", card, role=handler)
    promise = made.json()["item"]
    assert (made.status_code, promise["due_at"]) == (201, "2026-03-24T10:00:00Z")

    actions = await amends.actions(now["id"], handler)
    solved = next(a for a in actions["items"] if a["name"] == "solved")
    assert [reason["code"] for reason in solved["reasons"]] == ["no_blocking_work"]
    await amends.post(moves, {"status": "in_progress"}, role="back_office")
    clock.advance(timedelta(days=6))
    await amends.post(moves, {"status": "fed_back", "answer": "卡已制好，客户本人签收"}, role="back_office")
    assert [n["kind"] for n in (await amends.get("/v1/notices", role=handler)).json()["items"]] == ["work_order_answered"]
    await amends.post(f"{path}/contacts", {"direction": "out", "channel": "phone", "emotion_end": 1}, role=handler)
    await amends.post(moves, {"status": "told"}, role=handler)
    kept = await amends.post(
        f"{path}/promises/{promise['id']}/outcome",
        {"status": "kept", "evidence_kind": "receipt", "reference": "SF1024", "evidence": "本人签收"},
        role=handler,
    )
    assert (kept.json()["item"]["status"], kept.json()["complaint"]["open_promises"]) == ("kept", 0)
    await amends.post(f"{path}/promises/{promise['id']}/told", {"channel": "phone"}, role=handler)
    for name in ("solved", "care_then_follow_up", "confirmed"):
        now = await step(amends, now, name, handler)
    assert (now["final"], now["closed_as"], now["broken_promises"]) == (True, "confirm", 0)
    told = [e for e in await events(amends, now) if e.startswith(("promise", "work_order"))]
    assert told == ["work_ordered", "work_order_moved", "promised", *["work_order_moved"] * 3, "promise_ended", "promise_told"]
    report = await amends.get(
        "/v1/reports/promises?from=2026-03-24T00:00:00Z&to=2026-03-25T00:00:00Z&by=department", role="supervisor"
    )
    (delivery,) = report.json()["items"]
    assert (delivery["name"], delivery["rate"]) == ("delivery", 1.0)


async def test_too_angry_today_he_hangs_up_and_is_called_back_calm_on_day_one(amends: World, clock: FrozenClock):
    handler = "account_manager"
    opened = await amends.post(
        "/v1/complaints",
        {"customer": {"phone": "13911112222"}, "channel": "phone", "text": "凭什么取消我的天气预报", "emotion": 5},
        role=handler,
    )
    now = opened.json()
    for name in ("begin", "heard_out", "apologized"):
        now = await step(amends, now, name, handler)
    now = await step(amends, now, "hang_up", handler, emotion_end=5, last_words="我转网去！")
    assert now["state"] == "calling_back"
    path = f"/v1/complaints/{now['id']}"
    made = await amends.post(
        f"{path}/promises", {"kind": "call_back", "due": "明天10点半", "text": "明天上午给他回电"}, role=handler
    )
    promise = made.json()["item"]
    assert (made.status_code, promise["word"], promise["due_at"]) == (201, "progress", "2026-03-11T02:30:00Z")

    clock.advance(datetime.fromisoformat(promise["remind_at"]) - clock.now())
    assert (await run_once(amends.desk, clock.now()))["commitments"] == 1
    assert "promise_due" in [n["kind"] for n in (await amends.get("/v1/notices", role=handler)).json()["items"]]
    now = await step(amends, now, "reached_with_answer", handler, emotion=2)
    kept = await amends.post(
        f"{path}/promises/{promise['id']}/outcome",
        {"status": "kept", "evidence_kind": "recording", "reference": "R-1"},
        role=handler,
    )
    assert (kept.json()["item"]["status"], kept.json()["complaint"]["broken_promises"]) == ("kept", 0)
    await amends.post(f"{path}/promises/{promise['id']}/told", {"channel": "phone"}, role=handler)
    for name in ("solved", "care_then_follow_up", "confirmed"):
        now = await step(amends, now, name, handler)
    assert (now["final"], now["counters"], now["emotion"]) == (True, {"hang_ups": 1}, 1)
    assert (await run_once(amends.desk, clock.advance(timedelta(days=2))))["commitments"] == 0
