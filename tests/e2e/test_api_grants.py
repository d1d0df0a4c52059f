"""Compensation over HTTP: within authority at once, above it by somebody else, to billing in the same write, never over a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from app.access.tokens import create_token
from app.access.users import ensure_user
from app.catalogue.definitions import publish
from app.commitments.grants_tables import COUNTED, grant
from app.desk.desk import BY_SYSTEM
from app.outbox.messages import lease_messages, sent
from app.outbox.tables import outbox
from app.worker.approvals import expire_asked
from app.worker.context import hired
from app.worker.render import body as rendered
from tests.e2e.api_world import WORKFLOWS, World, etag, places, problem
from tests.integration.worker_world import rows

SERVICE, CHARGED = {"tags": ["svc.attitude"]}, {"tags": ["charge.wrong_bill"], "verification": 2}
CREDIT = {"kind": "credit", "amount": "20.00", "reason": "long_wait"}


async def granted(amends: World, complaint: Mapping[str, Any], role: str = "handler", **more: Any) -> dict[str, Any]:
    """A grant made or asked for, as it was answered."""
    answer = await amends.post(f"/v1/complaints/{complaint['id']}/grants", {**CREDIT, **more}, role=role)
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["item"])


async def stands(amends: World, complaint: Mapping[str, Any]) -> dict[str, Any]:
    return dict((await amends.get(f"/v1/complaints/{complaint['id']}")).json())


async def history(amends: World, complaint: Mapping[str, Any], type_: str) -> list[dict[str, Any]]:
    items = (await amends.get(f"/v1/complaints/{complaint['id']}/events")).json()["items"]
    return [item for item in items if item["type"] == type_]


async def billed(amends: World) -> list[Mapping[str, Any]]:
    return [row for row in await rows(amends.desk, outbox) if row["topic"] == "billing"]


async def person(amends: World, name: str, role: str, team: str | None = None) -> str:
    """A further user; the key of his token in the world."""
    now = amends.desk.runtime.clock.now()
    user = await ensure_user(amends.desk.runtime.db, name, [role], at=now, team=team)
    amends.tokens[name] = (await create_token(amends.desk.runtime.db, user.id, now)).text
    return name


async def changed_policy(amends: World, *pairs: tuple[str, str]) -> None:
    """Publish the delivered policy with replacements."""
    text = (WORKFLOWS / "policy.yaml").read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    async with amends.desk.runtime.db.write() as conn:
        await publish(conn, BY_SYSTEM, amends.desk.runtime.clock.now(), "policy", "policy", text)


async def test_what_is_due_is_told_with_the_row_and_may_be_granted_at_once(amends: World):
    now = await amends.opened(**CHARGED)
    path = f"/v1/complaints/{now['id']}"
    told = (await amends.get(f"{path}/compensation?damage=30.00")).json()
    refund = next(kind for kind in told["kinds"] if kind["kind"] == "refund")
    assert refund["due"] == {
        "row": "charged_wrongly", "title": "What was charged wrongly is refunded in full", "cause": "charge.wrong_bill",
        "amount": "30.00", "granted": "0.00", "left": "30.00", "share": "1.0000", "floor": "0.00", "cap": None, "needs_damage": False,
    }  # fmt: skip
    assert (refund["alone"], refund["with_approval"][-1]["role"]) == ("80.00", "supervisor")
    assert (told["goodwill"]["to"], told["budget"]["left"], told["customer"]["count"]) == ("50.00", "5000.00", 0)
    bare = (await amends.get(f"{path}/compensation")).json()
    assert next(k for k in bare["kinds"] if k["kind"] == "refund")["due"]["needs_damage"]

    made = await granted(amends, now, kind="refund", amount="30.00", damage="30.00", reason=None, text="账单截图已核对")
    assert (made["status"], made["position"], made["due"], made["goodwill"]) == ("granted", "at", "30.00", "0.00")
    (message,) = await billed(amends)
    told = await rendered(amends.desk, message, personal=True)
    assert (str(message["id"]), message["status"]) == (made["message_id"], "unsent")
    assert (told["data"]["amount_fen"], told["data"]["currency"], told["complaint"]["number"]) == (3000, "CNY", now["number"])
    (event,) = await history(amends, now, "granted")
    assert (event["data"]["amount_fen"], event["data"]["schedule_row"], event["data"]["text"]) == (
        3000,
        "charged_wrongly",
        "账单截图已核对",
    )
    after = (await amends.get(f"{path}/compensation?damage=30.00")).json()
    assert next(k for k in after["kinds"] if k["kind"] == "refund")["due"]["left"] == "0.00"


async def test_bad_input_names_field_and_remedy_in_both_languages(embedded: World):
    now = await embedded.opened(**CHARGED)
    path = f"/v1/complaints/{now['id']}/grants"
    for lang in ("zh", "en"):
        for change, where in (
            ({"kind": "cash"}, [("grant_kind", "kind")]),
            ({"amount": "0.00"}, [("grant_nothing", "amount"), ("grant_reason_unknown", "reason")]),
            ({"kind": "data", "amount": "3.00"}, [("grant_unit", "amount"), ("grant_reason_unknown", "reason")]),
            ({"kind": "refund"}, [("grant_damage", "damage")]),
            ({"amount": "12.345"}, [("field_yuan", "amount")]),
            ({"amount": 12.5}, [("field_yuan", "amount")]),
            ({"surprise": 1}, [("field_unknown", "surprise")]),
        ):
            answer = await embedded.post(path, {**CREDIT, "reason": "mood", **change}, lang=lang)
            assert places(problem(answer, 422, "invalid")) == where
        kept = await embedded.post(path, {**CREDIT, "reason": None}, lang=lang)
        assert places(problem(kept, 422, "invalid")) == [("grant_reason_above", "reason")]
    unknown = await embedded.post(f"/v1/complaints/{UUID(int=1)}/grants", CREDIT)
    problem(unknown, 404, "not_found")


async def test_above_authority_somebody_else_approves_and_both_are_told(amends: World):
    now = await amends.opened(**SERVICE)
    path = f"/v1/complaints/{now['id']}/grants"
    asked = await granted(amends, now, amount="120.00")
    assert (asked["status"], asked["approvers"], asked["expires_at"]) == ("asked", ["admin", "supervisor"], "2026-03-10T06:00:00Z")
    assert {reason["code"] for reason in asked["over"]} == {"grant_over_range", "grant_over_case"}
    assert not await billed(amends)
    assert (await stands(amends, now))["open_grants"] == 1
    notices = (await amends.get("/v1/notices", role="supervisor")).json()["items"]
    assert [n["words"] for n in notices if n["kind"] == "grant_asked"] != []
    (listed,) = (await amends.get("/v1/grants?status=asked", role="supervisor")).json()["items"]
    assert (listed["id"], listed["number"], listed["decidable"]) == (asked["id"], now["number"], True)

    one = f"{path}/{asked['id']}/approval"
    handler = problem(await amends.post(one, {"decision": "approve"}), 409, "grant_refused")
    assert [code for code, _ in places(handler)] == ["grant_own", "grant_no_approver"]
    made = await amends.post(one, {"decision": "approve"}, role="supervisor")
    assert made.status_code == 200, made.text
    assert (made.json()["item"]["status"], made.json()["complaint"]["open_grants"]) == ("granted", 0)
    assert [m["payload"]["amount_fen"] for m in await billed(amends)] == [12_000]
    again = problem(await amends.post(one, {"decision": "approve"}, role="supervisor"), 409, "grant_refused")
    assert places(again) == [("grant_not_asked", "id")]
    told = (await amends.get("/v1/notices", role="handler")).json()["items"]
    assert [n["kind"] for n in told] == ["grant_approved"]


async def test_nobody_approves_his_own_nor_what_was_asked_in_his_name(embedded: World):
    now = await embedded.opened(**SERVICE)
    path = f"/v1/complaints/{now['id']}/grants"
    own = await granted(embedded, now, role="supervisor", amount="300.00")
    assert own["status"] == "asked"
    answer = await embedded.post(f"{path}/{own['id']}/approval", {"decision": "approve"}, role="supervisor")
    assert [code for code, _ in places(problem(answer, 409, "grant_refused"))] == ["grant_own"]
    refused = await embedded.post(f"{path}/{own['id']}/approval", {"decision": "refuse", "reason": "other"}, role="supervisor")
    assert [code for code, _ in places(problem(refused, 409, "grant_refused"))] == ["grant_own"]

    named = await embedded.post(path, {**CREDIT, "amount": "60.00"}, role="integration", headers={"On-Behalf-Of": "Supervisor.One"})
    (item,) = [named.json()["item"]]
    assert (item["status"], item["on_behalf_of"]) == ("asked", "Supervisor.One")
    mine = await embedded.post(f"{path}/{item['id']}/approval", {"decision": "approve"}, role="supervisor")
    assert [code for code, _ in places(problem(mine, 409, "grant_refused"))] == ["grant_own"]
    behalf = {"On-Behalf-Of": "supervisor.one"}
    program = await embedded.post(f"{path}/{own['id']}/approval", {"decision": "approve"}, role="integration", headers=behalf)
    assert [code for code, _ in places(problem(program, 409, "grant_refused"))] == ["grant_own", "grant_no_approver"]
    other = await person(embedded, "zhao", "supervisor")
    assert (await embedded.post(f"{path}/{item['id']}/approval", {"decision": "approve"}, role=other)).status_code == 200


async def test_a_refused_approval_says_why_to_the_asker(embedded: World):
    now = await embedded.opened(**SERVICE)
    asked = await granted(embedded, now, amount="120.00")
    path = f"/v1/complaints/{now['id']}/grants/{asked['id']}/approval"
    bare = problem(await embedded.post(path, {"decision": "refuse"}, role="supervisor"), 422, "invalid")
    assert places(bare) == [("grant_refusal_reason", "reason")]
    answer = await embedded.post(path, {"decision": "refuse", "reason": "not_proven"}, role="supervisor")
    assert (answer.json()["item"]["status"], answer.json()["complaint"]["open_grants"]) == ("refused", 0)
    (notice,) = (await embedded.get("/v1/notices")).json()["items"]
    assert "The damage is not proven" in notice["words"]
    (event,) = await history(embedded, now, "grant_decided")
    assert (event["data"]["decision"], event["data"]["reason"]) == ("refuse", "not_proven")

    second = await granted(embedded, now, amount="120.00")
    words = {"decision": "refuse", "reason": "张先生上周已在营业厅补偿过"}
    await embedded.post(f"/v1/complaints/{now['id']}/grants/{second['id']}/approval", words, role="supervisor")
    items = (await embedded.get(f"/v1/complaints/{now['id']}/grants")).json()["items"]
    assert [item["decision_text"] for item in items] == [None, words["reason"]]
    assert not await billed(embedded)


async def test_an_approval_that_nobody_gives_ends_by_itself_once_and_says_so(amends: World, clock):
    now = await amends.opened(**SERVICE)
    asked = await granted(amends, now, amount="120.00", live=True)
    assert asked["expires_at"] == "2026-03-10T02:03:00Z"
    clock.advance(timedelta(minutes=3))
    path = f"/v1/complaints/{now['id']}/grants/{asked['id']}/approval"
    late = problem(await amends.post(path, {"decision": "approve"}, role="supervisor"), 409, "grant_refused")
    assert places(late) == [("grant_late", "id")]
    async with hired(amends.desk, clock, asyncio.Event()) as worker:
        assert [await expire_asked(worker), await expire_asked(worker)] == [1, 0]
    (item,) = (await amends.get(f"/v1/complaints/{now['id']}/grants")).json()["items"]
    assert (item["status"], (await stands(amends, now))["open_grants"]) == ("expired", 0)
    (notice,) = (await amends.get("/v1/notices")).json()["items"]
    assert (notice["kind"], "10:03" in notice["words"]) == ("grant_expired", True)
    assert len(await history(amends, now, "grant_expired")) == 1


async def moved(amends: World, now: Mapping[str, Any], transition: str, data: Mapping[str, Any]) -> dict[str, Any]:
    body = {"transition": transition, "data": data}
    version = (await stands(amends, now))["version"]
    answer = await amends.post(f"/v1/complaints/{now['id']}/transitions", body, headers=etag(version))
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["complaint"])


async def ended(amends: World, clock, now: Mapping[str, Any]) -> tuple[int, str, int]:
    """How many requests the worker ends now; the state of the complaint's one, and how many are counted as open."""
    async with hired(amends.desk, clock, asyncio.Event()) as worker:
        count = await expire_asked(worker)
    (item,) = (await amends.get(f"/v1/complaints/{now['id']}/grants")).json()["items"]
    return count, item["status"], (await stands(amends, now))["open_grants"]


async def test_a_request_ends_with_the_complaint_that_the_customer_withdraws(amends: World, clock):
    now = await amends.opened(**SERVICE)
    asked = await granted(amends, now, amount="120.00")
    assert (await moved(amends, now, "withdraw", {"withdraw_reason": "no_time"}))["final"]  # it holds nobody up
    path = f"/v1/complaints/{now['id']}/grants/{asked['id']}/approval"
    late = problem(await amends.post(path, {"decision": "approve"}, role="supervisor"), 409, "grant_refused")
    assert places(late) == [("grant_complaint_over", "id")]
    assert await ended(amends, clock, now) == (1, "withdrawn", 0)
    assert (await ended(amends, clock, now))[0] == 0
    (notice,) = (await amends.get("/v1/notices")).json()["items"]
    assert (notice["kind"], "120.00" in notice["words"]) == ("grant_over", True)
    (event,) = await history(amends, now, "grant_withdrawn")
    assert (event["actor"], event["data"]["was"], event["data"]["reason"]) == ("system", "asked", "complaint_over")
    left = (await amends.get(f"/v1/complaints/{now['id']}/compensation")).json()
    assert left["goodwill"]["granted"] == "0.00"
    assert not await billed(amends)


async def test_a_request_goes_on_waiting_when_the_customer_hangs_up_or_the_complaint_is_escalated(amends: World, clock):
    for step in ("hang_up", "escalate"):
        now = await amends.walked(await amends.opened(**SERVICE), "begin")
        asked = await granted(amends, now, amount="120.00")
        await amends.walked(await stands(amends, now), step)
        assert await ended(amends, clock, now) == (0, "asked", 1)
        path = f"/v1/complaints/{now['id']}/grants/{asked['id']}/approval"
        assert (await amends.post(path, {"decision": "approve"}, role="supervisor")).json()["item"]["status"] == "granted"


async def test_a_request_ends_with_the_complaint_that_is_merged_and_outlives_the_one_that_was_solved(embedded: World, clock):
    other, now = await embedded.opened(**SERVICE), await embedded.opened(**SERVICE)
    await granted(embedded, now, amount="120.00")
    version = (await stands(embedded, now))["version"]
    body = {"into": other["id"], "note": "同一件事"}
    merged = await embedded.post(f"/v1/complaints/{now['id']}/merge", body, headers=etag(version))
    assert merged.status_code == 200, merged.text
    assert await ended(embedded, clock, now) == (1, "withdrawn", 0)

    other = await embedded.walked(await stands(embedded, other), "begin", "heard_out", "apologized", "diagnosed")
    asked = await granted(embedded, other, amount="120.00")
    other = await embedded.walked(await stands(embedded, other), "solved_without_waiting", role="supervisor")
    other = await embedded.walked(other, "care_then_follow_up", "confirmed")
    assert (other["final"], await ended(embedded, clock, other)) == (True, (0, "asked", 1))
    path = f"/v1/complaints/{other['id']}/grants/{asked['id']}/approval"
    assert (await embedded.post(path, {"decision": "approve"}, role="supervisor")).json()["item"]["status"] == "granted"


async def test_over_every_authority_it_is_refused_with_the_ways_on_and_on_record(embedded: World):
    now = await embedded.opened(**SERVICE)
    answer = await embedded.post(f"/v1/complaints/{now['id']}/grants", {**CREDIT, "amount": "6000.00"})
    found = problem(answer, 409, "grant_refused")
    assert [code for code, _ in places(found)][-1] == "grant_ways"
    assert {"grant_over_budget", "grant_over_case"} <= {code for code, _ in places(found)}
    assert "50.00" in found["reasons"][-1]["message"]
    (event,) = await history(embedded, now, "refused")
    assert (event["data"]["code"], event["transition"]) == ("grant_refused", None)
    assert not await rows(embedded.desk, grant)


async def test_the_workflow_waits_for_the_approval_unless_a_supervisor_says_why_not(embedded: World):
    now = await embedded.walked(await embedded.opened(**SERVICE), "begin", "heard_out", "apologized", "diagnosed")
    await granted(embedded, now, amount="120.00")
    now = await stands(embedded, now)
    solution = {"remedy_kind": "apology", "remedy_text": "已道歉", "suggestion": "no"}
    path, form = (
        f"/v1/complaints/{now['id']}/transitions",
        next(a["form"] for a in (await embedded.actions(now["id"]))["items"] if a["name"] == "solved"),
    )
    data = {**solution, **({"emotion_end": 2} if "emotion_end" in form["required"] else {})}
    for lang in ("zh", "en"):
        answer = await embedded.post(path, {"transition": "solved", "data": data}, headers=etag(now["version"]), lang=lang)
        found = problem(answer, 409, "transition_refused")
        assert [code for code, _ in places(found)] == ["no_open_grants"]
    body = {"transition": "solved_without_waiting", "data": data, "note": "客户要出国，先答复。"}
    done = await embedded.post(path, body, role="supervisor", headers=etag(now["version"]))
    assert done.status_code == 200, done.text
    assert done.json()["complaint"]["kind"] == "resolved"


async def test_what_was_not_sent_is_withdrawn_and_what_was_is_reversed(amends: World, clock):
    now = await amends.opened(**SERVICE)
    first, second = await granted(amends, now), await granted(amends, now, amount="10.00")
    path = f"/v1/complaints/{now['id']}/grants"
    problem(await amends.post(f"{path}/{first['id']}/reversal", {"reason": "误批"}, role="supervisor"), 409, "grant_refused")
    back = await amends.post(f"{path}/{first['id']}/withdrawal", {"reason": "误批"})
    assert back.json()["item"]["status"] == "withdrawn"
    assert [m["payload"]["grant"] for m in await billed(amends)] == [second["id"]]

    db, at = amends.desk.runtime.db, clock.now()
    (leased,) = await lease_messages(db, at, at + timedelta(minutes=1), 5)
    under_way = problem(await amends.post(f"{path}/{second['id']}/withdrawal", {}), 409, "grant_refused")
    assert places(under_way) == [("grant_sent", "id")]
    await sent(db, leased, at)
    handler = problem(await amends.post(f"{path}/{second['id']}/reversal", {"reason": "误批"}), 409, "grant_refused")
    assert places(handler) == [("grant_reverse_role", "id")]
    answer = await amends.post(f"{path}/{second['id']}/reversal", {"reason": "误批"}, role="supervisor")
    assert answer.json()["item"]["status"] == "reversed"
    _, reversal = sorted(await billed(amends), key=lambda m: m["id"])
    assert reversal["payload"] | {"type": "reversal", "amount_fen": 1000, "reverses": second["message_id"]} == reversal["payload"]
    told = (await amends.get(f"/v1/complaints/{now['id']}/compensation")).json()
    assert (told["customer"]["count"], told["goodwill"]["granted"]) == (0, "0.00")


async def test_billing_answers_once(amends: World):
    now = await amends.opened(**SERVICE)
    one, other = await granted(amends, now), await granted(amends, now, amount="10.00")
    path = f"/v1/complaints/{now['id']}/grants"
    booked = {"outcome": "confirmed", "reference": "B-1"}
    problem(await amends.post(f"{path}/{one['id']}/billing", booked), 403, "forbidden")
    for _ in range(2):
        answer = await amends.post(f"{path}/{one['id']}/billing", booked, role="integration")
        assert (answer.status_code, answer.json()["item"]["status"]) == (200, "confirmed")
    assert len(await history(amends, now, "grant_billed")) == 1
    changed = await amends.post(f"{path}/{one['id']}/billing", {"outcome": "rejected"}, role="integration")
    assert places(problem(changed, 409, "grant_refused")) == [("grant_billed", "outcome")]
    rejected = await amends.post(
        f"{path}/{other['id']}/billing", {"outcome": "rejected", "reason": "账户已销户"}, role="integration"
    )
    assert rejected.json()["item"]["status"] == "rejected"
    assert [n["kind"] for n in (await amends.get("/v1/notices")).json()["items"]] == ["grant_rejected"]
    missing = await amends.post(f"{path}/{one['id']}/billing", {"outcome": "confirmed", "of": "reversal"}, role="integration")
    assert places(problem(missing, 409, "grant_refused")) == [("grant_no_message", "of")]


async def test_grants_at_once_in_many_complaints_do_not_pass_the_customers_limit(amends: World):
    """60 yuan in the period for first line: of eight of 20 yuan in the same moment three are made, and five have to be asked for."""
    many = [await amends.opened(**SERVICE) for _ in range(8)]
    path = "/v1/complaints/{}/grants"
    answers = await asyncio.gather(*(amends.post(path.format(c["id"]), CREDIT, role="first_line") for c in many))
    assert [a.status_code for a in answers] == [201] * 8
    assert sorted(a.json()["item"]["status"] for a in answers) == ["asked"] * 5 + ["granted"] * 3
    assert len(await billed(amends)) == 3


async def test_grants_at_once_of_one_team_do_not_pass_its_budget(amends: World):
    await changed_policy(amends, ("    teams:\n", "    teams:\n      - {team: care, amount: 100.00}\n"))
    callers = [{"phone": f"1396123560{n}", "name": "张先生"} for n in range(8)]
    many = [await amends.opened(customer=caller, **SERVICE) for caller in callers]
    people = [await person(amends, f"handler.{n}", "handler", "care") for n in range(8)]
    pairs = zip(many, people, strict=True)
    body = {**CREDIT, "amount": "30.00"}
    answers = await asyncio.gather(*(amends.post(f"/v1/complaints/{c['id']}/grants", body, role=p) for c, p in pairs))
    assert sorted(a.status_code for a in answers) == [201] * 3 + [409] * 5
    async with amends.desk.runtime.db.read() as conn:
        query = select(grant.c.goodwill_fen).where(grant.c.team == "care", grant.c.status.in_(COUNTED))
        assert sum((await conn.execute(query)).scalars()) == 9_000
    again = await amends.post(f"/v1/complaints/{many[0]['id']}/grants", {**body, "amount": "50.00"}, role=people[0])
    reasons = problem(again, 409, "grant_refused")["reasons"]
    assert reasons[0]["code"] == "grant_over_budget"


async def test_the_spread_tells_who_departs_and_why_with_the_rows_behind(amends: World):
    await person(amends, "wang", "handler")
    one, other = await amends.opened(**CHARGED), await amends.opened(**SERVICE)
    at = await granted(amends, one, kind="refund", amount="30.00", damage="30.00", reason=None)
    above = await granted(amends, other, role="wang", amount="20.00")
    below = await granted(amends, other, role="wang", amount="10.00", reason="other_kind")
    when = "from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z"
    problem(await amends.get(f"/v1/reports/grants?{when}"), 403, "forbidden")
    for role in ("supervisor", "auditor", "marketer"):
        found = (await amends.get(f"/v1/reports/grants?{when}", role=role)).json()
        total = found["total"]
        assert (total["count"], total["sum"], total["median"]) == (3, "60.00", "20.00")
        assert total["shares"] == {"at": 0.3333, "above": 0.6667, "below": 0.0}
        assert {g["handler"]: g["ids"] for g in found["by_handler"]} == {
            "handler.one": [at["id"]],
            "wang": [above["id"], below["id"]],
        }
        assert {d["reason"]: d["count"] for d in total["departures"]} == {"long_wait": 1, "other_kind": 1}
        assert [g["cause"] for g in found["by_cause"]] == ["charge.wrong_bill", "svc.attitude"]
    rows_ = (await amends.get(f"/v1/grants?handler=wang&position=above&{when}", role="auditor")).json()["items"]
    assert [row["id"] for row in rows_] == [below["id"], above["id"]]
    long = await amends.get("/v1/reports/grants?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", role="auditor")
    assert places(problem(long, 422, "invalid")) == [("grant_period", "to")]


async def test_a_repeated_request_grants_once(amends: World):
    now = await amends.opened(**SERVICE)
    path, key = f"/v1/complaints/{now['id']}/grants", {"Idempotency-Key": "one"}
    answers = [await amends.post(path, CREDIT, headers=key) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert len(await rows(amends.desk, grant)) == len(await billed(amends)) == 1


async def test_without_rules_nothing_is_granted(embedded: World):
    text = "title: {zh: 政策, en: Policy}\n"
    async with embedded.desk.runtime.db.write() as conn:
        await publish(conn, BY_SYSTEM, embedded.desk.runtime.clock.now(), "policy", "policy", text)
    now = await embedded.opened(**SERVICE)
    for answer in (
        await embedded.post(f"/v1/complaints/{now['id']}/grants", CREDIT),
        await embedded.get(f"/v1/complaints/{now['id']}/compensation"),
    ):
        assert places(problem(answer, 409, "grant_refused")) == [("grant_none", "policy")]


async def test_no_words_of_a_grant_stay_readable_in_the_database(amends: World):
    now = await amends.opened(**SERVICE)
    await granted(amends, now, text="客户是李四的邻居")
    dump = orjson.dumps([await rows(amends.desk, grant), await billed(amends)], default=str).decode()
    assert "李四" not in dump
