"""Good cases by likeness, answers with their versions, briefings before a product may be offered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.clock import FrozenClock
from tests.e2e.api_world import NAME, PHONE, World, places, problem

ROAMING = "春节回老家，漫游流量扣了三百多元，事先没有任何短信提醒，客服说查不到原因。"
LESSON = {
    "title": "春节漫游没有提醒",
    "situation": "客户春节回老家，漫游流量扣费，没有短信提醒",
    "done": "核实后退还一半，并免费开通漫游限额。",
    "why": "先承认提醒没有发，再谈钱。",
}
END = "2026-04-10T00:00:00+08:00"


async def closed(amends: World, text: str, *tags: str, **more: Any) -> dict[str, Any]:
    """A closed complaint with these words and tags."""
    now = await amends.opened(text=text, tags=list(tags), **more)
    return await amends.walked(now, "withdraw", role="supervisor")


async def model(amends: World, complaint: dict[str, Any], **more: Any) -> Any:
    return await amends.post(f"/v1/complaints/{complaint['id']}/model", {**LESSON, **more})


def answer(**more: Any) -> dict[str, Any]:
    return {
        "title": {"zh": "漫游提醒", "en": "Roaming reminders"},
        "text": {"zh": "超过五十元即短信提醒。", "en": "A message goes out at fifty yuan."},
        "why": "公司规定",
        "owner": "marketer.one",
        "expires_at": END,
        "tags": ["charge.roaming"],
        **more,
    }


async def published(amends: World, **more: Any) -> dict[str, Any]:
    made = await amends.post("/v1/answers", answer(**more), role="marketer")
    assert made.status_code == 201, made.text
    done = await amends.post(f"/v1/answers/{made.json()['id']}/publish", role="marketer")
    assert done.status_code == 200, done.text
    return dict(done.json())


async def test_a_lesson_names_nobody(amends: World):
    running = await amends.opened(text=ROAMING, tags=["charge.roaming"])
    early = problem(await model(amends, running), 409, "change_refused")
    assert places(early) == [("complaint_not_final", "state")]
    now = await closed(amends, ROAMING, "charge.roaming")
    named = {"done": f"给{NAME}（{PHONE}，住中山路12号3栋）退了一半", "why": "身份证 32010219900101123X 核对后"}
    found = problem(await model(amends, now, **named), 422, "invalid")
    assert {where for _, where in places(found)} == {"done", "why"}
    assert {code for code, _ in places(found)} == {"personal_customer", "personal_address", "personal_identity"}
    seen = (await model(amends, now, **named, preview=True)).json()
    assert seen["found"] == {"done": ["customer", "customer", "address"], "why": ["identity"]}
    assert not [word for word in (NAME, PHONE, "中山路", "3201") if word in seen["done"] + seen["why"]]
    assert (await amends.get("/v1/cases")).json()["items"] == []
    kept = await model(amends, now, **named, mask=True)
    assert (kept.status_code, kept.json()["done"]) == (201, seen["done"])
    problem(await model(amends, now), 409, "already_there")


async def test_the_most_similar_good_cases_are_suggested_with_why(amends: World):
    good = await closed(amends, ROAMING, "charge.roaming")
    assert (await model(amends, good)).status_code == 201
    other = await closed(amends, "家里宽带每天晚上掉线，师傅来过两次没有修好。", "fixed.drops")
    lesson = {"title": "宽带反复掉线", "situation": None, "done": "换了光猫", "why": "先测速再换"}
    assert (await model(amends, other, **lesson)).status_code == 201
    alike = await closed(amends, "去外省旅游，漫游流量扣了两百多元，没有收到短信提醒。", "charge.roaming")
    secret = await closed(amends, "漫游流量扣费没有短信提醒，要求保密", "charge.roaming", sensitive=True)
    for n in range(6):
        await closed(amends, f"营业厅排队太久，等了{n}个小时没有人理我，态度也差。", "svc.attitude")

    now = await amends.opened(text="我春节回老家，漫游流量费扣了好多，一条短信提醒都没有！", tags=["charge.roaming"])
    found = (await amends.get(f"/v1/complaints/{now['id']}/similar")).json()
    first = found["models"][0]
    assert first["item"]["complaint_id"] == good["id"]
    assert first["shared_tags"] == ["charge.roaming"]
    assert any("漫游流量" in word for word in first["shared_words"])
    assert all(one["item"]["complaint_id"] != other["id"] or one["score"] < first["score"] for one in found["models"])
    numbers = [one["number"] for one in found["complaints"]]
    assert set(numbers[:2]) == {good["number"], alike["number"]}
    assert now["number"] not in numbers
    assert secret["number"] not in numbers  # a sensitive one is for those who lead
    lead = (await amends.get(f"/v1/complaints/{now['id']}/similar", role="supervisor")).json()
    assert secret["number"] in [one["number"] for one in lead["complaints"]]
    assert [one["id"] for one in (await amends.get("/v1/cases?q=漫游")).json()["items"]] == [first["item"]["id"]]

    refused = problem(await amends.post(f"/v1/complaints/{good['id']}/model/withdrawal", {}, role="shop"), 409, "change_refused")
    assert places(refused) == [("not_the_owner", "id")]
    assert (await amends.post(f"/v1/complaints/{good['id']}/model/withdrawal", {"why": "资费已改"})).status_code == 200
    again = (await amends.get(f"/v1/complaints/{now['id']}/similar")).json()
    assert good["id"] not in [one["item"]["complaint_id"] for one in again["models"]]


async def test_an_answer_is_drafted_published_renewed_and_ends(amends: World, clock: FrozenClock):
    nobody = problem(await amends.post("/v1/answers", answer(owner="no.body"), role="marketer"), 422, "invalid")
    assert places(nobody) == [("user_unknown", "owner")]
    past = problem(await amends.post("/v1/answers", answer(expires_at="2026-01-01T00:00:00Z"), role="marketer"), 422, "invalid")
    assert places(past) == [("expires_too_early", "expires_at")]
    made = (await amends.post("/v1/answers", answer(), role="marketer")).json()
    assert (await amends.get("/v1/answers")).json()["items"] == []
    at = f"/v1/answers/{made['id']}"
    assert (await amends.post(f"{at}/publish", role="handler")).status_code == 403
    assert (await amends.post(f"{at}/publish", role="marketer")).json()["status"] == "published"
    problem(await amends.post(f"{at}/publish", role="marketer"), 409, "change_refused")

    now = await amends.opened(tags=["charge.roaming"])
    for path in (f"/v1/complaints/{now['id']}/answers", "/v1/answers?tag=charge.roaming", "/v1/answers?q=五十"):
        (shown,) = (await amends.get(path, lang="zh")).json()["items"]
        assert (shown["id"], shown["title"], shown["doubts"], shown["read_at"]) == (made["id"], "漫游提醒", 0, None)
    other = await amends.opened(tags=["net.slow"])
    assert (await amends.get(f"/v1/complaints/{other['id']}/answers")).json()["items"] == []

    assert (await amends.post(f"{at}/read")).status_code == 200
    assert (await amends.post(f"{at}/read")).status_code == 200
    wrong = await amends.post(f"{at}/wrong", {"words": "周一起是三十元"})
    assert wrong.status_code == 201
    told = (await amends.get("/v1/notices", role="marketer")).json()["items"]
    assert [one["kind"] for one in told] == ["answer_doubted"]
    assert "Roaming reminders" in told[0]["words"]
    (shown,) = (await amends.get("/v1/answers?tag=charge.roaming")).json()["items"]
    assert (shown["readers"], shown["doubts"], shown["read_at"] is not None) == (1, 1, True)
    assert [one["words"] for one in (await amends.get(at)).json()["doubts"]] == ["周一起是三十元"]

    text = {"zh": "超过三十元即短信提醒。", "en": "A message goes out at thirty yuan."}
    problem(await amends.post(f"{at}/versions", answer(text=text), role="handler"), 409, "change_refused")
    second = await amends.post(f"{at}/versions", answer(text=text), role="marketer")
    assert (second.json()["version"], second.json()["status"]) == (2, "draft")
    await amends.post(f"{at}/publish", role="marketer")
    (shown,) = (await amends.get("/v1/answers?tag=charge.roaming")).json()["items"]
    assert (shown["version"], shown["text"], shown["doubts"], shown["read_at"]) == (2, text["en"], 0, None)
    assert [v["status"] for v in (await amends.get(at)).json()["items"]] == ["published", "replaced"]
    assert not shown["expiring"]
    clock.advance(timedelta(days=20))
    mine = {"owner": "marketer.one", "expires_before": "2026-04-15T00:00:00Z"}
    (soon,) = (await amends.get("/v1/answers", role="marketer", params=mine)).json()["items"]
    assert soon["expiring"]
    clock.advance(timedelta(days=12))
    assert (await amends.get("/v1/answers?tag=charge.roaming")).json()["items"] == []
    assert (await amends.get(at)).json()["items"][0]["status"] == "expired"
    problem(await amends.post(f"{at}/read"), 404, "not_found")
    gone = await amends.post(f"{at}/withdraw", {"why": "资费下线"}, role="marketer")
    assert (gone.json()["status"], gone.json()["ended_why"]) == ("withdrawn", "资费下线")


async def test_a_product_may_be_offered_by_those_who_passed_its_briefing(amends: World):
    questions = [
        {
            "question": {"zh": "几元？", "en": "How much?"},
            "options": [{"zh": "五", "en": "5"}, {"zh": "十", "en": "10"}],
            "right": 1,
        },
        {
            "question": {"zh": "何时？", "en": "When?"},
            "options": [{"zh": "五月", "en": "May"}, {"zh": "六月", "en": "June"}],
            "right": 0,
        },
    ]
    body = {"kind": "briefing", "product": "gotone_80_200", "questions": questions, "tags": []}

    async def products(role: str) -> dict[str, Any]:
        return {one["product"]: one for one in (await amends.get("/v1/me/products", role=role)).json()["items"]}

    assert (await products("handler"))["gotone_80_200"]["allowed"]
    wrong = {**body, "questions": [{**questions[0], "right": 5}]}
    assert (
        places(problem(await amends.post("/v1/answers", answer(**wrong), role="marketer"), 422, "invalid"))[0][0]
        == "right_no_option"
    )
    made = await published(amends, **body)
    barred = (await products("handler"))["gotone_80_200"]
    assert not barred["allowed"]
    assert barred["why"]
    assert [one["id"] for one in barred["missing"]] == [made["id"]]
    (mine,) = (await amends.get("/v1/me/briefings", lang="zh")).json()["items"]
    assert mine["questions"][0] == {"question": "几元？", "options": ["五", "十"]}
    assert (mine["tries"], mine["passed_at"]) == (0, None)

    at = f"/v1/briefings/{made['id']}/pass"
    unread = problem(await amends.post(at, {"answers": [1, 0]}), 409, "change_refused")
    assert places(unread) == [("briefing_unread", "id")]
    await amends.post(f"/v1/answers/{made['id']}/read")
    assert places(problem(await amends.post(at, {"answers": [1]}), 422, "invalid")) == [("answers_count", "answers")]
    assert places(problem(await amends.post(at, {"answers": [1, 7]}), 422, "invalid")) == [("answer_no_option", "answers[1]")]
    assert (await amends.post(at, {"answers": [0, 0]})).json() | {"id": ""} == {
        "id": "", "version": 1, "percent": 50, "pass_percent": 80, "passed": False,
    }  # fmt: skip
    assert not (await products("handler"))["gotone_80_200"]["allowed"]
    assert (await amends.post(at, {"answers": [1, 0]})).json()["passed"]
    assert (await products("handler"))["gotone_80_200"]["allowed"]
    assert not (await products("shop"))["gotone_80_200"]["allowed"]
    (mine,) = (await amends.get("/v1/me/briefings")).json()["items"]
    assert (mine["tries"], mine["best_percent"], mine["passed_at"] is not None) == (2, 100, True)

    await amends.post(f"/v1/answers/{made['id']}/versions", answer(**body), role="marketer")
    await amends.post(f"/v1/answers/{made['id']}/publish", role="marketer")
    assert not (await products("handler"))["gotone_80_200"]["allowed"]  # what changed has to be learnt anew
