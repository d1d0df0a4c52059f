"""Work orders and live consults over HTTP: the queue of the back office, clocks and levels, what holds a complaint up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.access.tables import app_user
from app.clock import FrozenClock
from app.worker.loop import run_once
from tests.e2e.api_world import World, etag, filled, places, problem

ASK = {"department": "network", "request": "请测信号"}


def to(clock: FrozenClock, at: str) -> datetime:
    return clock.advance(datetime.fromisoformat(at) - clock.now())


async def ordered(amends: World, complaint: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = await amends.post(f"/v1/complaints/{complaint['id']}/work-orders", {**ASK, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["item"])


async def move(amends: World, order: dict[str, Any], status: str, role: str = "back_office", **more: Any) -> Any:
    path = f"/v1/complaints/{order['complaint_id']}/work-orders/{order['id']}/moves"
    return await amends.post(path, {"status": status, **more}, role=role)


async def queue(amends: World, query: str) -> list[dict[str, Any]]:
    return list((await amends.get(f"/v1/work-orders?{query}", role="back_office")).json()["items"])


async def notices(amends: World, role: str) -> list[str]:
    return [one["kind"] for one in (await amends.get("/v1/notices", role=role)).json()["items"]]


async def test_a_work_order_goes_its_way_through_the_queue_of_the_back_office(amends: World, clock):
    now = await amends.opened()
    order = await ordered(amends, now)
    assert (order["status"], order["due_at"], order["blocking"]) == ("received", "2026-03-12T02:00:00Z", False)
    (waiting,) = await queue(amends, "department=network&status=received&status=assigned")
    assert (waiting["id"], waiting["request"], waiting["number"], waiting["used"]) == (order["id"], "请测信号", now["number"], 0)
    assert places(problem(await move(amends, order, "told"), 409, "change_refused")) == [("work_order_step", "status")]
    for status, code in (("fed_back", "answer_missing"), ("returned", "question_missing")):
        assert places(problem(await move(amends, order, status), 422, "invalid")) == [(code, "body")]
    not_hers = await move(amends, order, "assigned", role="handler")
    assert places(problem(not_hers, 409, "change_refused")) == [("work_order_mover", "status")]
    me = (await amends.get("/v1/me", role="back_office")).json()["id"]
    assert (await move(amends, order, "assigned")).json()["item"]["assignee_id"] == me
    assert [one["id"] for one in await queue(amends, f"assignee={me}&status=assigned")] == [order["id"]]
    assert (await move(amends, order, "in_progress")).json()["item"]["started_at"]
    clock.advance(timedelta(hours=14))
    (half,) = await queue(amends, f"complaint={now['id']}")
    assert half["used"] == 42
    back = await move(amends, order, "fed_back", answer="基站已修复")
    assert (back.json()["item"]["status"], back.json()["complaint"]["open_work_orders"]) == ("fed_back", 0)
    assert await notices(amends, "first_line") == ["work_order_answered"]
    (answered,) = await queue(amends, f"complaint={now['id']}")
    assert answered["answer"] == "基站已修复"
    told = await move(amends, order, "told", role="handler")
    assert (told.json()["item"]["status"], told.json()["item"]["told_at"] is not None) == ("told", True)


async def test_a_work_order_is_moved_by_its_department_and_by_nobody_of_another(amends: World):
    order = await ordered(amends, await amends.opened(), kind="outage")
    me = UUID((await amends.get("/v1/me", role="back_office")).json()["id"])
    await in_team(amends, me, "billing")
    refused = problem(await move(amends, order, "assigned"), 409, "change_refused")
    assert places(refused) == [("other_team", "id")]
    assert "“network”" in refused["reasons"][0]["message"]
    assert places(problem(await move(amends, order, "fed_back", answer="好"), 409, "change_refused")) == [("other_team", "id")]
    given = await move(amends, order, "assigned", role="supervisor", assignee=str(me))
    assert given.status_code == 200, given.text
    assert (await move(amends, order, "in_progress")).status_code == 200  # given to him by whoever leads
    await in_team(amends, me, "network")
    assert (await move(amends, await ordered(amends, await amends.opened()), "assigned")).status_code == 200


async def in_team(amends: World, user: UUID, team: str) -> None:
    async with amends.desk.runtime.db.write() as conn:
        await conn.execute(update(app_user).where(app_user.c.id == user).values(team=team))


async def test_a_return_with_a_question_stops_the_clock_until_it_is_answered(amends: World, clock):
    now = await amends.opened()
    order = await ordered(amends, now)
    clock.advance(timedelta(hours=2))
    returned = await move(amends, order, "returned", answer="哪个小区？")
    assert (returned.json()["item"]["status"], returned.json()["complaint"]["open_work_orders"]) == ("returned", 1)
    assert await notices(amends, "first_line") == ["work_order_returned"]
    clock.advance(timedelta(days=10))
    assert (await run_once(amends.desk, clock.now()))["commitments"] == 0
    again = await move(amends, order, "received", role="handler", answer="阳光花园")
    assert (again.json()["item"]["status"], again.json()["item"]["due_at"]) == ("received", "2026-03-22T02:00:00Z")
    (seen,) = await queue(amends, f"complaint={now['id']}")
    assert (seen["question"], seen["reply"], seen["returned_at"]) == ("哪个小区？", "阳光花园", None)


async def test_each_level_is_told_once_also_after_an_outage(amends: World, clock):
    now = await amends.opened()
    order = await ordered(amends, now)
    desk = amends.desk
    to(clock, "2026-03-11T10:23:59+00:00")  # 80 % of the 28 open hours
    assert (await run_once(desk, clock.now()))["commitments"] == 0
    assert (await run_once(desk, clock.advance(timedelta(seconds=1))))["commitments"] == 1
    assert (await run_once(desk, clock.now()))["commitments"] == 0
    clock.advance(timedelta(days=5))
    assert (await run_once(desk, clock.now()))["commitments"] == 1
    assert (await run_once(desk, clock.advance(timedelta(days=5))))["commitments"] == 0
    told = (await amends.get(f"/v1/complaints/{now['id']}/events?limit=200")).json()["items"]
    assert sorted(e["data"]["percent"] for e in told if e["type"] == "work_order_late") == [80, 100, 150]
    assert (await notices(amends, "supervisor")).count("work_order_late") == 1
    assert (await notices(amends, "first_line")).count("work_order_late") == 2
    assert (await move(amends, order, "fed_back", answer="好了")).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        ({"department": "netwrk"}, 422, ("department_unknown_near", "department")),
        ({"department": "kitchen"}, 422, ("department_unknown", "department")),
        ({"kind": "outtage"}, 422, ("work_kind_unknown_near", "kind")),
        ({"due_at": "2026-03-01T00:00:00Z"}, 422, ("in_the_past", "due_at")),
        ({"due_at": "2026-03-10T05:00:00Z"}, 409, ("work_order_too_soon", "due_at")),
    ],
)
async def test_work_that_cannot_be_ordered_is_refused_with_its_field(
    embedded: World, body: dict[str, Any], status: int, place: tuple[str, str]
):
    now = await embedded.opened()
    found = await embedded.post(f"/v1/complaints/{now['id']}/work-orders", {**ASK, **body})
    assert places(problem(found, status, "invalid" if status == 422 else "change_refused")) == [place]


async def test_the_nearest_department_is_named(embedded: World):
    now = await embedded.opened()
    found = await embedded.post(f"/v1/complaints/{now['id']}/work-orders", {**ASK, "department": "netwrk"})
    assert "“network”" in problem(found, 422, "invalid")["reasons"][0]["message"]


async def test_what_holds_it_up_is_done_first_or_a_supervisor_says_why_not(amends: World):
    now = await amends.opened()
    now = await amends.walked(now, "begin", "heard_out", "apologized", "diagnosed")
    order = await ordered(amends, now, blocking=True)
    await ordered(amends, now)  # this one does not hold it up
    path = f"/v1/complaints/{now['id']}"
    now = (await amends.get(path)).json()
    assert (now["open_work_orders"], now["blocking_work_orders"]) == (2, 1)
    form = next(a for a in (await amends.actions(now["id"]))["items"] if a["name"] == "solved")
    assert (form["allowed"], [r["code"] for r in form["reasons"]]) == (False, ["no_blocking_work"])
    body = {"transition": "solved", "data": filled(form["form"])}
    refused = await amends.post(f"{path}/transitions", body, headers=etag(now["version"]))
    assert places(problem(refused, 409, "transition_refused")) == [("no_blocking_work", "transition")] or refused.json()["reasons"]
    alone = {**body, "transition": "solved_without_waiting"}
    problem(await amends.post(f"{path}/transitions", {**alone, "note": "x"}, headers=etag(now["version"])), 403, "role_refused")
    without = await amends.post(f"{path}/transitions", alone, headers=etag(now["version"]), role="supervisor")
    problem(without, 422, "note_required")
    await move(amends, order, "fed_back", answer="好了")
    now = (await amends.get(path)).json()
    assert now["blocking_work_orders"] == 0
    assert (await amends.walked(now, "solved"))["state"] == "care"


async def test_a_supervisor_goes_on_without_it_and_the_reason_is_on_record(embedded: World):
    now = await embedded.walked(await embedded.opened(), "begin", "heard_out", "apologized", "diagnosed")
    await ordered(embedded, now, blocking=True)
    now = (await embedded.get(f"/v1/complaints/{now['id']}")).json()
    assert (await embedded.walked(now, "solved_without_waiting", role="supervisor"))["state"] == "care"
    last = [e for e in (await embedded.get(f"/v1/complaints/{now['id']}/events?limit=200")).json()["items"] if e["transition"]][-1]
    assert (last["transition"], last["data"]["note"]) == ("solved_without_waiting", "因为客户要求。")


async def test_a_consult_is_answered_by_the_expert_or_turns_into_a_call_back_once(amends: World, clock):
    now = await amends.opened()
    path = f"/v1/complaints/{now['id']}/consults"
    asked = await amends.post(path, {"department": "billing", "question": "三月的退费算四月的吗？"})
    assert (asked.status_code, asked.json()["item"]["due_at"]) == (201, "2026-03-10T02:03:00Z")
    (waiting,) = (await amends.get("/v1/consults?status=asked&team=billing", role="back_office")).json()["items"]
    assert waiting["question"] == "三月的退费算四月的吗？"
    answer = f"{path}/{waiting['id']}/answer"
    clock.advance(timedelta(minutes=2))
    me = UUID((await amends.get("/v1/me", role="back_office")).json()["id"])
    for code, role, team in (("consult_own", None, "billing"), ("other_team", "back_office", "network")):
        await in_team(amends, me, team)
        refused = await amends.post(answer, {"answer": "算在四月"}, **({} if role is None else {"role": role}))
        assert places(problem(refused, 409, "change_refused")) == [(code, "id")]
    await in_team(amends, me, "billing")
    done = await amends.post(answer, {"answer": "算在四月"}, role="back_office")
    assert (done.json()["item"]["status"], done.json()["item"]["answered_by"]) == ("answered", "back_office.one")
    again = await amends.post(answer, {"answer": "算在三月"}, role="back_office")
    assert places(problem(again, 409, "change_refused")) == [("consult_answered", "status")]
    assert await notices(amends, "handler") == ["consult_answered"]

    second = (await amends.post(path, {"department": "billing", "question": "还有一个问题"})).json()["item"]
    assert (await run_once(amends.desk, clock.advance(timedelta(minutes=3))))["commitments"] == 1
    assert (await run_once(amends.desk, clock.now()))["commitments"] == 0
    (promise,) = (await amends.get(f"/v1/promises?complaint={now['id']}")).json()["items"]
    assert (promise["kind"], promise["owner_id"], promise["due_at"]) == ("call_back", now["owner"], "2026-03-10T04:05:00Z")
    late = await amends.post(f"{path}/{second['id']}/answer", {"answer": "是"}, role="back_office")
    assert (late.json()["item"]["status"], late.json()["item"]["promise_id"]) == ("promised", promise["id"])
    kinds = [e["type"] for e in (await amends.get(f"/v1/complaints/{now['id']}/events?limit=200")).json()["items"]]
    assert (kinds.count("consult_turned"), kinds.count("promised")) == (1, 1)
    assert "consult_turned" in await notices(amends, "first_line")


async def test_a_department_without_a_duty_expert_is_not_asked_live(embedded: World):
    now = await embedded.opened()
    found = await embedded.post(f"/v1/complaints/{now['id']}/consults", {"department": "legal", "question": "x"})
    assert places(problem(found, 409, "change_refused")) == [("consult_no_expert", "department")]


async def test_a_workflow_that_orders_from_a_department_the_policy_does_not_have_is_not_published(embedded: World):
    text = (embedded.desk.runtime.settings.workflows / "complaint.yaml").read_text("utf-8")
    wrong = text.replace("          maintenance: {zh: 维护", "          maintenence: {zh: 维护")
    sent: dict[str, Any] = {"content": wrong.encode(), "headers": {"Content-Type": "application/yaml"}, "role": "admin"}
    found = await embedded.call("POST", "/v1/workflows", **sent)
    reasons = problem(found, 422, "definition_invalid")["reasons"]
    assert {r["code"] for r in reasons} == {"unknown_department"}
    assert "“maintenance”" in reasons[0]["message"]
    valid = await embedded.call("POST", "/v1/workflows:validate", **sent)
    assert valid.json()["valid"] is False


async def said(amends: World, role: str, lang: str) -> list[str]:
    return [item["words"] for item in (await amends.get("/v1/notices", role=role, lang=lang)).json()["items"]]


async def test_notices_call_departments_and_promises_as_people_do_in_either_language(embedded: World, clock):
    now = await embedded.opened()
    order = await ordered(embedded, now)
    await move(embedded, order, "assigned")
    await move(embedded, order, "returned", answer="哪个小区？")
    await embedded.post(f"/v1/complaints/{now['id']}/consults", {"department": "billing", "question": "算四月的吗？"})
    await run_once(embedded.desk, clock.advance(timedelta(minutes=4)))
    zh, en = ["\n".join(await said(embedded, "first_line", lang)) for lang in ("zh", "en")]
    assert "：网络退回了工单" in zh
    assert ": Network sent the work order back" in en
    assert "：计费账务没有及时答复，已转为回电承诺（回电），期限 2026-03-10 12:04。" in zh  # by the clock on the wall
    assert ": Billing did not answer in time; it turned into a promise (Call back)" in en
    items = (await embedded.get("/v1/notices", role="first_line")).json()["items"]
    turned = next(item for item in items if item["kind"] == "consult_turned")
    names = [turned["data"][name] for name in ("department", "kind", "due_at")]
    assert names == ["billing", "call_back", "2026-03-10T04:04:00+00:00"]  # what programs read stays beside
