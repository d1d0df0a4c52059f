"""A panel of customers supervises and tests: in with consent, out at will, masked, heard once each, shown with what was fed back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from app.access.tables import data_key
from app.clock import FrozenClock
from app.commitments.panels import panel_verdict
from tests.e2e.api_world import NAME, PHONE, World, places, problem

AGREED = {"kind": "recorded_call", "reference": "call 8841"}
REMARK = "短信里没写到期那天要不要付钱。"
FEEDBACK = {
    "cause": "tariff.promo_end",
    "words": "Customers hear of the end of the promotion from the bill.",
    "to": {"role": "marketer"},
    "due_at": "2099-04-01T18:00:00+08:00",
}


async def made(amends: World, name: str = "families") -> str:
    answer = await amends.post("/v1/panels", {"name": name, "title": {"zh": "家庭体验团", "en": "Families"}}, role="marketer")
    assert answer.status_code == 201, answer.text
    return f"/v1/panels/{answer.json()['id']}"


async def joined(amends: World, panel: str, customer: str, **more: Any) -> dict[str, Any]:
    answer = await amends.post(f"{panel}/members", {"customer": customer, "evidence": AGREED, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def fed_back(amends: World) -> str:
    answer = await amends.post("/v1/feedback", FEEDBACK, role="supervisor")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def asked(amends: World, panel: str, **about: str) -> str:
    answer = await amends.post(f"{panel}/trials", {"words": "Is the new message understood?", **about}, role="marketer")
    assert answer.status_code == 201, answer.text
    return f"{panel}/trials/{answer.json()['id']}"


async def test_members_come_in_with_consent_are_shown_masked_and_leave_at_will(amends: World):
    panel = await made(amends)
    found = problem(
        await amends.post("/v1/panels", {"name": "families", "title": {"zh": "又一个", "en": "Again"}}, role="marketer"),
        409,
        "change_refused",
    )
    assert places(found) == [("panel_name_taken", "name")]
    customer = (await amends.opened())["customer"]["id"]
    future = await amends.post(f"{panel}/members", {"customer": customer, "evidence": AGREED, "agreed_at": "2099-01-01T00:00:00Z"})
    assert places(problem(future, 422, "invalid")) == [("in_the_future", "agreed_at")]
    without = await amends.post(f"{panel}/members", {"customer": customer})
    assert places(problem(without, 422, "invalid")) == [("field_missing", "evidence")]
    member = await joined(amends, panel, customer, agreed_at="2026-03-01T09:00:00+08:00")
    assert (member["agreed_at"], member["evidence"]) == ("2026-03-01T01:00:00Z", AGREED)
    again = await amends.post(f"{panel}/members", {"customer": customer, "evidence": AGREED})
    assert places(problem(again, 409, "change_refused")) == [("panel_member_already", "customer")]

    listed = await amends.get(f"{panel}/members", role="supervisor")
    assert [one["id"] for one in listed.json()["items"]] == [member["id"]]
    assert not [word for word in (NAME, PHONE) if word in listed.text]
    problem(await amends.get(f"{panel}/members", role="handler"), 403, "forbidden")
    assert [(one["title"], one["members"]) for one in (await amends.get("/v1/panels", lang="zh")).json()["items"]] == [
        ("家庭体验团", 1)
    ]

    left = (await amends.post(f"{panel}/members/{member['id']}/leave")).json()
    assert (await amends.post(f"{panel}/members/{member['id']}/leave")).json()["left_at"] == left["left_at"]
    assert (await amends.get(f"{panel}/members", role="supervisor")).json()["items"] == []
    assert (await joined(amends, panel, customer))["id"] != member["id"]
    record = (await amends.get("/v1/audit", role="auditor", params={"customer": customer})).json()["items"]
    assert [e["type"] for e in record if e["type"].startswith("panel_")] == ["panel_joined", "panel_left", "panel_joined"]


async def test_what_members_say_stands_with_the_item_that_they_tested(amends: World, clock: FrozenClock):
    panel, item = await made(amends), await fed_back(amends)
    members = [
        await joined(amends, panel, (await amends.opened(customer={"external_id": f"C-{n}"}))["customer"]["id"]) for n in range(3)
    ]
    trial = await asked(amends, panel, feedback=item)
    for member, body in zip(members, ({"verdict": "fits"}, {"verdict": "does_not_fit", "remark": REMARK}), strict=False):
        answer = await amends.post(f"{trial}/verdicts", {"member": member["id"], **body})
        assert answer.status_code == 201, answer.text
        clock.advance(timedelta(minutes=1))
    shown = (await amends.get(f"/v1/feedback/{item}", role="marketer")).json()["trials"]
    assert [(one["words"], one["counts"]) for one in shown] == [
        ("Is the new message understood?", {"fits": 1, "does_not_fit": 1, "remark": 0})
    ]
    assert [(v["member_id"], v["verdict"], v["remark"]) for v in shown[0]["verdicts"]] == [
        (members[0]["id"], "fits", None),
        (members[1]["id"], "does_not_fit", REMARK),
    ]
    assert (await amends.get(f"{panel}/trials")).json()["items"] == shown
    record = (await amends.get("/v1/audit", role="auditor", params={"action": "panel_judged"})).json()["items"]
    assert [event["data"]["verdict"] for event in record][::-1] == ["fits", "does_not_fit"]

    for member, body, code in (
        (members[0], {"verdict": "remark", "remark": "Once more."}, ("panel_verdict_given", "member")),
        (members[2], {"verdict": "remark"}, ("remark_missing", "body")),
    ):
        answer = await amends.post(f"{trial}/verdicts", {"member": member["id"], **body})
        assert places(answer.json()) == [code], answer.text
    await amends.post(f"{panel}/members/{members[2]['id']}/leave")
    gone = await amends.post(f"{trial}/verdicts", {"member": members[2]["id"], "verdict": "fits"})
    assert places(problem(gone, 409, "change_refused")) == [("panel_member_left", "member")]
    other = await made(amends, "others")
    astray = f"{other}/trials/{trial.rpartition('/')[2]}/verdicts"
    problem(await amends.post(astray, {"member": members[1]["id"], "verdict": "fits"}), 404, "not_found")


async def test_a_remark_is_sealed_and_goes_with_the_customers_key(amends: World):
    panel, item = await made(amends), await fed_back(amends)
    customer = (await amends.opened())["customer"]["id"]
    member = await joined(amends, panel, customer)
    trial = await asked(amends, panel, feedback=item)
    assert (
        await amends.post(f"{trial}/verdicts", {"member": member["id"], "verdict": "remark", "remark": REMARK})
    ).status_code == 201
    async with amends.desk.runtime.db.read() as conn:
        (sealed,) = (await conn.execute(select(panel_verdict.c.sealed))).scalars()
    assert REMARK.encode() not in sealed
    async with amends.desk.runtime.db.write() as conn:
        await conn.execute(update(data_key).values(wrapped=None, destroyed_at=amends.desk.runtime.clock.now()))
    (verdict,) = (await amends.get(f"/v1/feedback/{item}", role="marketer")).json()["trials"][0]["verdicts"]
    assert (verdict["verdict"], verdict["remark"]) == ("remark", None)


async def test_a_trial_is_of_one_thing_that_is_there_and_names_nobody(amends: World):
    panel, item = await made(amends), await fed_back(amends)
    suggested = await amends.post("/v1/suggestions", {"source": "shop", "words": "Print the end on the receipt."})
    assert (await amends.get((await asked(amends, panel, suggestion=suggested.json()["id"])).rpartition("/")[0])).status_code == 200
    for about in ({}, {"feedback": item, "suggestion": suggested.json()["id"]}):
        answer = await amends.post(f"{panel}/trials", {"words": "Does it help?", **about}, role="marketer")
        assert places(problem(answer, 422, "invalid")) == [("trial_of_one", "body")]
    nowhere = await amends.post(
        f"{panel}/trials", {"words": "Does it help?", "feedback": panel.rpartition("/")[2]}, role="marketer"
    )
    problem(nowhere, 404, "not_found")
    named = await amends.post(f"{panel}/trials", {"words": f"Ask {PHONE} whether it helps.", "feedback": item}, role="marketer")
    assert problem(named, 422, "invalid")["reasons"][0]["where"] == "words"
