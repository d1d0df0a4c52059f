"""Tags, suggestions, causes, feedback: from a customer's word to the product owner's decision and what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.clock import FrozenClock
from app.worker.context import hired
from app.worker.upkeep import remind_owners
from tests.e2e.api_world import World, etag, places, problem

DUE = "2026-04-01T18:00:00+08:00"


async def diagnosed(amends: World, **more: Any) -> dict[str, Any]:
    """A complaint that stands where its cause is looked for."""
    now = await amends.opened(tags=["tariff.promo_end"], **more)
    return await amends.walked(now, "begin", "heard_out", "apologized")


async def confirmed(amends: World, tag: str = "tariff.promo_end", product: str = "gotone_80_200", **more: Any) -> dict[str, Any]:
    now = await diagnosed(amends, **more)
    body = {"tag": tag, "evidence": "合同写明十二个月", "product": product}
    answer = await amends.post(f"/v1/complaints/{now['id']}/cause", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["complaint"])


async def notices(amends: World, role: str) -> list[str]:
    return [one["kind"] for one in (await amends.get("/v1/notices", role=role)).json()["items"]]


async def test_a_tag_that_the_library_does_not_have_is_refused_with_the_nearest(amends: World):
    body = {"customer": {"phone": "13961235611"}, "channel": "phone", "text": "多收", "tags": ["charge.roaming", "charge.romaing"]}
    found = problem(await amends.post("/v1/complaints", body), 422, "invalid")
    assert places(found) == [("tag_unknown_near", "tags[1]")]
    assert "charge.roaming" in found["reasons"][0]["message"]
    now = await amends.opened(tags=["charge"])
    path = f"/v1/complaints/{now['id']}"
    found = problem(await amends.call("PATCH", path, json={"tags": ["charge", "zebra"]}, headers=etag(1)), 422, "invalid")
    assert places(found) == [("tag_unknown", "tags[1]")]


async def test_a_retired_tag_stays_on_old_complaints_with_its_title(amends: World):
    now = await amends.opened(tags=["fixed.tv"])
    text = (amends.desk.runtime.settings.workflows / "tags.yaml").read_text("utf-8")
    kept = "\n".join(line for line in text.splitlines() if "id: fixed.tv," not in line)
    assert kept != text
    from app.catalogue.definitions import publish
    from app.desk.desk import BY_SYSTEM

    async with amends.desk.runtime.db.write() as conn:
        await publish(conn, BY_SYSTEM, amends.desk.runtime.clock.now(), "tags", "tags", kept)
    path = f"/v1/complaints/{now['id']}"
    assert (await amends.call("PATCH", path, json={"tags": ["fixed.tv", "net.slow"]}, headers=etag(1))).status_code == 200
    seen = (await amends.get(path)).json()
    assert seen["tag_titles"] == {"fixed.tv": "TV or set-top box", "net.slow": "Slow data"}
    assert (await amends.get(path, lang="zh")).json()["tag_titles"]["fixed.tv"] == "电视机顶盒"
    other = await amends.post(
        "/v1/complaints", {"customer": {"phone": "13961235612"}, "channel": "app", "text": "x", "tags": ["fixed.tv"]}
    )
    assert (
        places(problem(other, 422, "invalid")) == [("tag_unknown_near", "tags[0]")]
        or other.json()["reasons"][0]["code"] == "tag_unknown"
    )


async def test_a_suggestion_is_answered_by_its_owner_and_told_to_the_suggester(amends: World):
    now = await amends.opened(tags=["sales.gift_ended"])
    path = f"/v1/complaints/{now['id']}/suggestions"
    body = {"source": "customer", "words": "免费期结束前发个短信", "tag": "sales.gift_ended"}
    made = await amends.post(path, body)
    assert made.status_code == 201, made.text
    item = made.json()["item"]
    assert (item["owner_role"], item["status"], made.json()["complaint"]["version"]) == ("marketer", "open", 1)
    mine = (await amends.get("/v1/suggestions?mine=true", role="marketer")).json()["items"]
    assert [(one["id"], one["words"]) for one in mine] == [(item["id"], "免费期结束前发个短信")]
    assert (await amends.get("/v1/suggestions?mine=true", role="handler")).json()["items"] == []

    at = f"/v1/suggestions/{item['id']}"
    problem(await amends.post(f"{at}/told", {"how": "phone"}), 409, "change_refused")
    refused = problem(await amends.post(f"{at}/answer", {"words": "好"}, role="handler"), 409, "change_refused")
    assert places(refused) == [("not_the_owner", "id")]
    answered = await amends.post(f"{at}/answer", {"words": "五月起提前十天提醒"}, role="marketer")
    assert answered.json()["status"] == "answered", answered.text
    assert "suggestion_answered" in await notices(amends, "first_line")  # who opened the complaint answers for it
    told = await amends.post(f"{at}/told", {"how": "phone"})
    assert (told.json()["status"], told.json()["told_how"]) == ("told", "phone")
    (shown,) = (await amends.get(f"/v1/suggestions?complaint={now['id']}")).json()["items"]
    assert shown["answer"] == "五月起提前十天提醒"
    kinds = [e["type"] for e in (await amends.get(f"/v1/complaints/{now['id']}/events")).json()["items"]]
    assert kinds.count("suggested") == 1
    assert kinds.count("suggestion_moved") == 2


async def test_a_shop_suggests_apart_from_any_complaint_and_hears_the_answer_itself(amends: World):
    body = {"source": "shop", "words": "在小票上印优惠到期日", "tag": "tariff.promo_end"}
    made = await amends.post("/v1/suggestions", body, role="shop")
    assert made.status_code == 201, made.text
    found = problem(await amends.post("/v1/suggestions", {**body, "tag": "tariff.promoend"}, role="shop"), 422, "invalid")
    assert places(found) == [("tag_unknown_near", "tag")]
    await amends.post(f"/v1/suggestions/{made.json()['id']}/answer", {"words": "六月起印"}, role="supervisor")
    assert "own_suggestion_answered" in await notices(amends, "shop")
    (shown,) = (await amends.get("/v1/suggestions?source=shop", role="marketer")).json()["items"]
    assert (shown["words"], shown["answer"]) == (body["words"], "六月起印")


async def test_what_a_customer_suggests_in_a_step_becomes_a_suggestion(amends: World):
    now = await amends.walked(await diagnosed(amends), "diagnosed")
    data = {
        "remedy_kind": "refund",
        "remedy_text": "退还首月费用",
        "remedy_amount": "30.00",
        "suggestion": "yes",
        "suggestion_text": "早点提醒",
        "emotion_end": 2,
    }
    path = f"/v1/complaints/{now['id']}/transitions"
    answer = await amends.post(path, {"transition": "solved", "data": data}, headers=etag(now["version"]))
    assert answer.status_code == 200, answer.text
    (shown,) = (await amends.get(f"/v1/suggestions?complaint={now['id']}")).json()["items"]
    assert (shown["source"], shown["words"], shown["tag"], shown["owner_role"]) == (
        "customer",
        "早点提醒",
        "tariff.promo_end",
        "marketer",
    )


async def test_a_cause_is_confirmed_at_the_diagnosis_or_later_and_not_before(amends: World):
    fresh = await amends.opened(tags=["tariff.promo_end"])
    body = {"tag": "tariff.promo_end", "evidence": "合同"}
    early = problem(await amends.post(f"/v1/complaints/{fresh['id']}/cause", body), 409, "change_refused")
    assert places(early) == [("not_diagnosed_yet", "state")]
    now = await diagnosed(amends)
    path = f"/v1/complaints/{now['id']}/cause"
    assert places(problem(await amends.post(path, {**body, "tag": "tariff"}), 422, "invalid"))[0][1] == "tag"
    first = await amends.post(path, body)
    assert first.status_code == 201, first.text
    assert first.json()["complaint"]["cause"] == "tariff.promo_end"
    assert first.json()["complaint"]["version"] == now["version"] + 1
    later = await amends.walked(first.json()["complaint"], "diagnosed")
    second = await amends.post(path, {"tag": "sales.terms_hidden", "evidence": "录音里没有说明", "product": "gotone_80_200"})
    assert second.json()["complaint"]["cause"] == "sales.terms_hidden"
    assert later["version"] < second.json()["complaint"]["version"]
    found = (await amends.get(f"/v1/complaints/{now['id']}/causes")).json()["items"]
    assert [(one["tag"], one["evidence"], one["ended_at"] is None) for one in found] == [
        ("sales.terms_hidden", "录音里没有说明", True),
        ("tariff.promo_end", "合同", False),
    ]


async def test_causes_by_product_with_trend_and_masked_examples(amends: World, clock: FrozenClock):
    await confirmed(amends)
    clock.advance(timedelta(days=20))
    for _ in range(2):
        await confirmed(amends, text="我是张先生，电话 13961235611，优惠到期没有通知")
    await amends.opened()
    clock.advance(timedelta(hours=1))
    start = (clock.now() - timedelta(days=14)).isoformat().replace("+00:00", "Z")
    query = {"from": start, "by": "product"}
    report = (await amends.get("/v1/reports/causes", role="marketer", params=query)).json()
    assert report["complaints_before"] == 1
    assert sum(report["complaints"]) == 3
    assert sum(report["confirmed"]) == 2
    (line,) = report["lines"]
    assert (line["cause"], line["key"], line["count"], line["before"]) == ("tariff.promo_end", "gotone_80_200", 2, 1)
    assert line["title"] == "Price rise after promotion"
    assert line["change"] == pytest.approx(2 / 3, abs=0.001)
    words = line["examples"][0]["words"]
    assert "13961235611" not in words
    assert "张先生" not in words
    assert "优惠到期" in words
    for by in ("segment", "plan", "place", "week"):
        again = (await amends.get("/v1/reports/causes", role="marketer", params={**query, "by": by})).json()
        assert sum(one["count"] for one in again["lines"]) == 2, by
    upside = await amends.get("/v1/reports/causes", role="marketer", params={"from": start, "to": start})
    assert places(problem(upside, 422, "invalid")) == [("period_empty", "to")]
    assert (await amends.get("/v1/reports/causes", role="handler")).status_code == 403


async def test_feedback_is_decided_with_a_reason_and_its_fall_is_measured(amends: World, clock: FrozenClock):
    for _ in range(3):
        await confirmed(amends)
    last = await confirmed(amends)
    body = {
        "cause": "tariff.promo_end",
        "words": "能否提前告知？",
        "to": {"role": "marketer"},
        "due_at": DUE,
        "examples": [last["id"]],
    }
    past = {**body, "due_at": "2026-03-01T00:00:00Z"}
    clock.advance(timedelta(hours=1))
    assert places(problem(await amends.post("/v1/feedback", past, role="supervisor"), 422, "invalid")) == [
        ("in_the_past", "due_at")
    ]
    named = {**body, "words": "张先生 13961235611 很生气"}
    codes = {code for code, _ in places(problem(await amends.post("/v1/feedback", named, role="supervisor"), 422, "invalid"))}
    assert codes == {"personal_name", "personal_phone"}
    nobody = {**body, "to": {"user": "no.body"}}
    assert places(problem(await amends.post("/v1/feedback", nobody, role="supervisor"), 422, "invalid")) == [
        ("user_unknown", "to.user")
    ]
    made = await amends.post("/v1/feedback", body, role="supervisor")
    assert made.status_code == 201, made.text
    assert (made.json()["figures"]["count"], made.json()["figures"]["complaints"]) == (4, 4)
    assert "feedback_asked" in await notices(amends, "marketer")
    at = f"/v1/feedback/{made.json()['id']}"

    assert places(
        problem(await amends.post(f"{at}/decision", {"decision": "fix", "reason": "x"}, role="marketer"), 422, "invalid")
    ) == [("field_missing", "effective_at")]
    problem(await amends.post(f"{at}/decision", {"decision": "no", "reason": "不改"}, role="handler"), 409, "change_refused")
    decision = {"decision": "fix", "reason": "五月起提前十天短信", "effective_at": "2026-03-17T00:00:00+08:00"}
    decided = await amends.post(f"{at}/decision", decision, role="marketer")
    assert (decided.json()["status"], decided.json()["decision"]) == ("decided", "fix"), decided.text
    problem(await amends.post(f"{at}/decision", decision, role="marketer"), 409, "change_refused")
    assert "feedback_decided" in await notices(amends, "supervisor")
    assert (await amends.get(at, role="marketer")).json()["fall"] is None

    clock.advance(timedelta(days=10))
    for _ in range(12):
        await amends.opened()
    await confirmed(amends)
    clock.advance(timedelta(hours=1))
    fall = (await amends.get(at, role="marketer")).json()["fall"]
    assert (fall["before"], fall["before_complaints"], fall["after"], fall["after_complaints"]) == (4, 4, 1, 13)
    assert fall["ratio"]["value"] == pytest.approx((1 / 13) / (4 / 4))
    assert fall["ratio"]["low"] < fall["ratio"]["value"] < fall["ratio"]["high"]
    assert fall["unconfirmed_after"] > fall["unconfirmed_before"]
    assert any("not randomised" in note for note in fall["notes"])
    assert len(fall["notes"]) >= 2  # that fewer are confirmed yet is said, too


async def test_owners_are_reminded_once_each_time(amends: World, clock: FrozenClock):
    body = {"cause": "tariff.promo_end", "words": "能否提前告知？", "to": {"role": "marketer"}, "due_at": DUE}
    assert (await amends.post("/v1/feedback", body, role="supervisor")).status_code == 201
    assert (await amends.post("/v1/suggestions", {"source": "handler", "words": "x", "tag": "tariff.promo_end"})).status_code == 201
    import asyncio

    async with hired(amends.desk, clock, asyncio.Event()) as worker:
        assert await remind_owners(worker) == 0
        clock.advance(timedelta(days=20))  # 2 days before the feedback is due; the suggestion is late
        assert await remind_owners(worker) == 2
        assert await remind_owners(worker) == 0
        clock.advance(timedelta(days=3))
        assert await remind_owners(worker) == 1
        assert await remind_owners(worker) == 0
    assert sorted(await notices(amends, "marketer")) == ["feedback_asked", "feedback_due", "feedback_overdue", "suggestion_late"]


async def test_before_a_launch_its_owner_sees_what_was_complained_about(amends: World):
    await confirmed(amends, text="优惠到期没有通知")
    await amends.post("/v1/suggestions", {"source": "handler", "words": "提前说", "tag": "tariff.promo_end"})
    found = (await amends.get("/v1/reports/launch", role="marketer", params={"tags": "tariff"})).json()
    assert [(c["cause"], c["product"], c["count"]) for c in found["causes"]] == [("tariff.promo_end", "gotone_80_200", 1)]
    assert [s["words"] for s in found["suggestions"]] == ["提前说"]
    assert len(found["examples"]) == 1
    other = (await amends.get("/v1/reports/launch", role="marketer", params={"tags": "net"})).json()
    assert (other["causes"], other["examples"]) == ([], [])
    problem(await amends.get("/v1/reports/launch", role="marketer"), 422, "invalid")
