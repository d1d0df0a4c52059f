"""Incidents over HTTP: one answer for many customers, told of each change, closed after each one's own yes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.outbox.tables import outbox
from app.worker.render import body
from tests.e2e.api_world import World, etag, places, problem
from tests.e2e.test_api_bulk import begun, ordered, worked

MAST = {
    "title": {"zh": "鼓楼区基站故障", "en": "Mast down in Gulou"},
    "answer": {"zh": "正在抢修，修好后短信通知您。", "en": "It is being repaired; you get a message."},
    "cause": "net.area",
    "areas": ["南京市鼓楼区"],
    "began_at": "2026-03-01T08:00:00+08:00",
}
NETWORK = {"place": "南京市鼓楼区", "spot": "湖南路 1 号 5 楼", "since": "2026-03-02T09:00:00+08:00", "device": "P40"}


async def incident(amends: World, **more: Any) -> dict[str, Any]:
    answer = await amends.post("/v1/incidents", {**MAST, **more}, role="supervisor")
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def joined(amends: World, mast: dict[str, Any], phone: str) -> dict[str, Any]:
    one = await amends.opened(customer={"phone": phone}, tags=["net.area"], network=NETWORK)
    answer = await amends.post(f"/v1/complaints/{one['id']}/incident", {"incident": mast["id"]})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["complaint"])


async def sent(amends: World) -> list[tuple[str, dict[str, str]]]:
    """(message, text) of what waits to leave about incidents."""
    async with amends.desk.runtime.db.read() as conn:
        rows = [dict(r._mapping) for r in await conn.execute(select(outbox).order_by(outbox.c.id))]
    told = [await body(amends.desk, row, personal=False) for row in rows if "fill" in row["payload"]]
    return [(one["message"], one["text"]) for one in told]


async def test_a_joined_complaint_shows_the_agreed_answer_and_the_repair_time(amends):
    mast = await incident(amends, repair_at="2027-03-10T20:00:00+08:00")
    one = await joined(amends, mast, "13961235601")
    now = (await amends.get(f"/v1/complaints/{one['id']}", lang="zh")).json()
    assert now["incident"] == {
        "id": mast["id"],
        "check": "not_yet",
        "title": "鼓楼区基站故障",
        "answer": "正在抢修，修好后短信通知您。",
        "status": "open",
        "repair_at": "2027-03-10T12:00:00Z",
    }
    assert (now["place"], now["network"]["spot"], now["network"]["device"]) == ("南京市鼓楼区", "湖南路 1 号 5 楼", "P40")
    listed = (await amends.get("/v1/complaints?place=南京市鼓楼区")).json()["items"]
    assert [c["id"] for c in listed] == [one["id"]]
    again = await amends.post(f"/v1/complaints/{one['id']}/incident", {"incident": mast["id"]})
    assert places(problem(again, 409, "change_refused")) == [("already_so", "incident")]


async def test_another_repair_time_is_told_to_all_who_joined_and_to_the_owners_once(amends):
    mast = await incident(amends)
    many = [await joined(amends, mast, f"1396123560{n}") for n in range(3)]
    left = await amends.post(f"/v1/complaints/{many[2]['id']}/incident", {"incident": None})
    assert left.json()["complaint"]["incident"] is None
    moved = await amends.call(
        "PATCH",
        f"/v1/incidents/{mast['id']}",
        json={"repair_at": "2027-03-10T20:00:00+08:00"},
        role="supervisor",
        headers=etag(mast["version"]),
    )
    assert moved.status_code == 200, moved.text
    await worked(amends)
    await worked(amends)
    told = await sent(amends)
    assert [message for message, _ in told] == ["incident_repair_time"] * 2
    assert "预计修复时间：2027-03-10 20:00" in told[0][1]["zh"]
    assert "Mast down in Gulou" in told[0][1]["en"]
    events = (await amends.get(f"/v1/complaints/{many[0]['id']}/events")).json()["items"]
    assert [e["type"] for e in events] == ["opened", "incident_joined", "incident_told"]
    (notice,) = (await amends.get("/v1/notices", role="first_line", lang="zh")).json()["items"]
    assert "2 件" in notice["words"]
    stale = await amends.call(
        "PATCH", f"/v1/incidents/{mast['id']}", json={"repair_at": None}, role="supervisor", headers=etag(mast["version"])
    )
    problem(stale, 412, "stale_version")


async def test_closing_in_bulk_takes_those_who_said_yes_and_leaves_the_others(amends):
    mast = await incident(amends)
    many = [await joined(amends, mast, f"1396123561{n}") for n in range(3)]
    ready = ["begin", "heard_out", "apologized", "diagnosed", "solved", "care_then_follow_up"]
    for one in many[:2]:
        await amends.walked(one, *ready)
    early = await amends.post(f"/v1/complaints/{many[0]['id']}/incident/check", {"check": "asked"})
    assert places(problem(early, 409, "change_refused")) == [("incident_not_repaired", "check")]
    repaired = await amends.post(f"/v1/incidents/{mast['id']}/moves", {"status": "repaired"}, role="supervisor")
    assert repaired.json()["status"] == "repaired"
    asked = {"command": {"kind": "incident_check", "send": True}, "filter": {"incident": mast["id"]}}
    assert (await begun(amends, await ordered(amends, asked)))["counts"]["done"] == 3
    for one, said in ((many[0], "confirmed"), (many[1], "still_wrong"), (many[2], "confirmed")):
        answer = await amends.post(f"/v1/complaints/{one['id']}/incident/check", {"check": said})
        assert answer.json()["complaint"]["incident"]["check"] == said
    counts = (await amends.get(f"/v1/incidents/{mast['id']}")).json()["counts"]
    assert counts == {"joined": 3, "not_yet": 0, "asked": 0, "confirmed": 2, "still_wrong": 1, "ended": 0}

    forms = {a["name"]: a["form"] for a in (await amends.actions(many[0]["id"]))["items"]}
    required = forms["confirmed"]["required"]
    data = {name: forms["confirmed"]["properties"][name].get("enum", [True])[0] for name in required}
    steps = {"steps": [{"transition": "confirmed", "data": data}]}
    order = await amends.post(f"/v1/incidents/{mast['id']}/closing", steps, role="supervisor")
    assert order.status_code == 201, order.text
    await worked(amends)
    done = await begun(amends, order.json())
    # One of the two who said yes has not come far enough: the guards of the workflow hold for him too.
    assert done["counts"] == {"total": 2, "waiting": 0, "done": 1, "refused": 1}
    ends = [(await amends.get(f"/v1/complaints/{one['id']}")).json()["final"] for one in many]
    assert ends == [True, False, False]
    refused = await amends.post(f"/v1/incidents/{mast['id']}/moves", {"status": "closed"}, role="supervisor")
    assert places(problem(refused, 409, "change_refused")) == [("incident_goes_on", "status")]


async def test_a_fault_that_begins_tomorrow_is_refused(amends):
    bad = await amends.post("/v1/incidents", {**MAST, "began_at": "2099-01-01T00:00:00Z"}, role="supervisor")
    assert places(problem(bad, 422, "invalid")) == [("in_the_future", "began_at")]
    past = await amends.post("/v1/incidents", {**MAST, "repair_at": "2020-01-01T00:00:00Z"}, role="supervisor")
    assert places(problem(past, 422, "invalid")) == [("in_the_past", "repair_at")]
