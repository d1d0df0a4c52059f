"""The service itself: who watches it, what it tells of itself, what stands around every answer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families
from starlette.routing import Route
from structlog.testing import capture_logs

from app.api.v1.all import OPERATIONS
from app.db.ids import new_id
from app.main import create_app
from app.outbox.tables import worker
from app.texts import catalogue
from tests.e2e.api_world import OPENING, World, problem


async def test_it_lives_without_a_token(embedded: World):
    answer = await embedded.get("/health/live", role=None)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_it_is_ready_once_a_worker_is_seen(amends: World, clock):
    for lang in ("zh", "en"):
        answer = await amends.get("/health/ready", role=None, lang=lang)
        assert answer.status_code == 503
        checks = {check["name"]: check for check in answer.json()["checks"]}
        assert {name for name, check in checks.items() if not check["ok"]} == {"worker"}
        assert "amends worker" in checks["worker"]["detail"]
        assert " - " not in checks["worker"]["detail"]
    now = clock.now()
    async with amends.desk.runtime.db.write() as conn:
        await conn.execute(worker.insert().values(id=new_id(now), host="here", pid=1, started_at=now, seen_at=now))
    answer = await amends.get("/health/ready", role=None)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert [check["name"] for check in answer.json()["checks"]] == ["database", "migrations", "guards", "worker", "calendars"]
    assert answer.json()["checks"][-1]["ok"]


async def test_the_counters_are_for_this_machine_and_for_those_who_may(embedded: World):
    await embedded.opened()
    answer = await embedded.get("/metrics", role=None)
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    requests = {
        (s.labels["method"], s.labels["route"], s.labels["status"]): s.value
        for s in families["amends_requests"].samples
        if s.name.endswith("_total")
    }
    assert requests["POST", "/v1/complaints", "201"] == 1
    assert families["amends_timers_due"].samples[0].value == 0
    transport = httpx2.ASGITransport(app=create_app(embedded.desk), client=("203.0.113.9", 5))
    async with httpx2.AsyncClient(transport=transport, base_url="http://amends.test") as far:
        problem(await far.get("/metrics"), 401, "unauthenticated")
        for role, status in (("handler", 403), ("auditor", 200)):
            answer = await far.get("/metrics", headers={"Authorization": f"Bearer {embedded.tokens[role]}"})
            assert answer.status_code == status


async def test_a_request_id_is_taken_over_when_it_is_sane_and_stands_in_the_record(amends: World):
    answer = await amends.post("/v1/complaints", dict(OPENING), headers={"X-Request-Id": "call-8841"})
    assert answer.headers["x-request-id"] == "call-8841"
    record = (await amends.get("/v1/audit", role="auditor", params={"request_id": "call-8841"})).json()["items"]
    assert [event["type"] for event in record] == ["opened"]
    for sent in ("a b", "x" * 65, "<script>"):
        made = (await amends.get("/v1/me", headers={"X-Request-Id": sent})).headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{32}", made)


async def test_every_answer_is_guarded_by_its_headers(embedded: World):
    for path in ("/v1/me", "/v1/nothing", "/v1/complaints?x=1"):
        headers = (await embedded.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["x-request-id"]


async def test_the_page_reads_out_every_operation_and_every_code_without_any_script(embedded: World):
    for lang in ("zh", "en"):
        page = await embedded.get("/docs", role=None, lang=lang)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert not re.search(r"<script|src=|https?://", page.text)
        assert not [o.name for o in OPERATIONS if f'id="{o.name}"' not in page.text]
        assert not [k for k in catalogue(lang) if k.startswith("problems.") and f'id="problem-{k[9:]}"' not in page.text]
        assert ("受理投诉" in page.text) == (lang == "zh")
    assert "受理投诉" in (await embedded.get("/docs?lang=zh", role=None)).text
    root = await embedded.get("/", role=None)
    assert (root.status_code, root.headers["location"]) == (307, "/docs")


async def test_me_tells_roles_and_their_titles(embedded: World):
    me = (await embedded.get("/v1/me", role="supervisor", lang="zh")).json()
    assert (me["name"], me["roles"], me["role_titles"]) == (
        "supervisor.one",
        ["supervisor"],
        [catalogue("zh")["access.roles.supervisor"]],
    )


async def test_the_record_is_asked_by_who_what_and_when(amends: World, clock):
    before = clock.now()
    now = await amends.opened()
    await amends.post(f"/v1/complaints/{now['id']}/notes", {"text": "x"}, role="supervisor")
    for query, types in (
        ({"complaint": now["id"]}, ["noted", "opened"]),
        ({"actor": "supervisor.one"}, ["noted"]),
        ({"actor": "system", "action": "definition_published", "limit": "1"}, ["definition_published"]),
        ({"actor": "nobody"}, []),
        ({"complaint": now["id"], "from": before.isoformat(), "action": "opened"}, ["opened"]),
        ({"complaint": now["id"], "to": before.isoformat()}, []),
    ):
        found = (await amends.get("/v1/audit", role="auditor", params=query)).json()["items"]
        assert [event["type"] for event in found] == types, query
    first = (await amends.get("/v1/audit", role="auditor", params={"limit": 1})).json()
    second = (await amends.get("/v1/audit", role="auditor", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [e["type"] for e in first["items"] + second["items"]] == ["noted", "opened"]
    problem(await amends.get("/v1/audit", role="auditor", params={"action": "nothing"}), 422, "invalid")
    assert "OPENING" not in str(first)
    assert OPENING["text"] not in str(second)


async def test_a_defect_is_logged_with_its_trace_and_told_without_it(embedded: World, monkeypatch):
    async def broken(_call):
        raise ValueError("the secret of the house")

    app = create_app(embedded.desk)
    door: Any = next(r.app for r in app.router.routes if isinstance(r, Route) and r.path == "/v1/me")
    monkeypatch.setitem(door.operations, "GET", replace(door.operations["GET"], endpoint=broken))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://amends.test") as client:
        for lang in ("zh", "en"):
            with capture_logs() as lines:
                headers = {"Authorization": f"Bearer {embedded.tokens['handler']}", "Accept-Language": lang}
                answer = await client.get("/v1/me", headers=headers)
            problem(answer, 500, "internal")
            assert "secret" not in answer.text
            assert "Traceback" not in answer.text
            logged = next(line for line in lines if line["event"] == "unexpected_error")
            assert logged["request_id"] == answer.headers["x-request-id"]
            assert "broken" in logged["trace"]


async def test_no_word_of_a_customer_is_logged(embedded: World):
    with capture_logs() as lines:
        made = await embedded.opened(customer={"external_id": "CRM-77001", "name": "欧阳静怡"})
        await embedded.call("PUT", "/v1/customers/CRM-77001", json={"phone": "13812345678"}, role="integration")
        await embedded.get("/v1/complaints", params={"q": "流量费多收"})
        await embedded.get(f"/v1/customers/{made['customer']['id']}")
        await embedded.post("/v1/complaints", {**OPENING, "tags": ["欧阳静怡"]})
    assert {line["route"] for line in lines if line["event"] == "request"} >= {"/v1/customers/{customer}", "/v1/complaints"}
    for word in ("CRM-77001", "欧阳静怡", "13812345678", "流量费", made["customer"]["id"]):
        assert word not in str(lines)


async def test_the_parameters_of_the_audit_are_named_as_they_are_sent(embedded: World):
    found = problem(await embedded.get("/v1/audit?ip=1", role="auditor"), 422, "invalid")
    assert " from, to," in found["reasons"][0]["message"]


async def test_a_program_acts_on_behalf_of_a_person_whom_the_record_names(amends: World):
    person = {"On-Behalf-Of": "lin.wei@north"}
    made = await amends.post("/v1/complaints", dict(OPENING), role="integration", headers=person)
    path = f"/v1/complaints/{made.json()['id']}"
    withdrawn = await amends.post(
        f"{path}/transitions", {"transition": "withdraw"}, role="integration", headers={**person, "If-Match": '"1"'}
    )
    assert withdrawn.status_code == 200, withdrawn.text
    items = (await amends.get(f"{path}/events")).json()["items"]
    assert [(e["actor"], e["on_behalf_of"], e["role"]) for e in items] == [("integration.one", "lin.wei@north", "integration")] * 2
    own = problem(await amends.post("/v1/complaints", dict(OPENING), headers=person), 403, "forbidden")
    assert [(r["code"], r["where"]) for r in own["reasons"]] == [("on_behalf_role", "On-Behalf-Of")]
    bad = await amends.post("/v1/complaints", dict(OPENING), role="integration", headers={"On-Behalf-Of": "a b"})
    assert problem(bad, 422, "invalid")["reasons"][0]["code"] == "on_behalf_form"
