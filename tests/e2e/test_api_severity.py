"""Severity by written criteria, the duty officer with one voice, the evidence pack: over HTTP."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from typing import Any

import orjson

from tests.e2e.api_world import NAME, PHONE, STORY, World, etag, places, problem

ESCALATION = {"transition": "escalate", "data": {"escalate_reason": "media", "threat": "我要找记者！"}}


async def escalated(amends: World) -> dict[str, Any]:
    one = await amends.opened()
    answer = await amends.post(f"/v1/complaints/{one['id']}/transitions", ESCALATION, headers=etag(one["version"]))
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["complaint"])


async def test_the_criteria_can_be_read(amends):
    found = (await amends.get("/v1/severity", lang="zh")).json()
    assert [one["level"] for one in found["levels"]] == [1, 2, 3, 4]
    kinds = {one["kind"] for one in found["criteria"]}
    assert kinds == {"amount", "safety", "vulnerable", "outside", "group", "repeat"}
    assert next(one for one in found["criteria"] if one["criterion"] == "safety")["when"] is None


async def test_at_intake_the_level_that_the_criteria_suggest_is_taken_and_told_with_why(amends):
    large = {"remedy_sought": {"kind": "refund", "amount": "800.00"}}
    one = await amends.opened(**large)
    assert one["severity"] == 3
    (why,) = one["severity_suggested"]["reasons"]
    assert (why["criterion"], why["message"]) == ("amount_large", "500 yuan or more are sought")
    told = (await amends.get(f"/v1/complaints/{one['id']}/events")).json()["items"][0]["data"]
    assert told["severity_suggested"] == {"level": 3, "criteria": ["amount_large"]}
    given = await amends.opened(severity=1, **large)  # who says a level is not overruled, but told
    assert (given["severity"], given["severity_suggested"]["level"]) == (1, 3)


async def test_lowering_needs_a_supervisor_and_a_reason_and_raising_is_free(amends):
    one = await amends.opened(severity=2)
    path = f"/v1/complaints/{one['id']}"
    raised = await amends.call("PATCH", path, json={"severity": 3}, headers=etag(1))
    assert (raised.status_code, raised.json()["severity_suggested"]) == (200, None)
    silent = await amends.call("PATCH", path, json={"severity": 2}, headers=etag(2), role="supervisor")
    assert places(problem(silent, 409, "change_refused")) == [("severity_reason", "reason")]
    alone = await amends.call("PATCH", path, json={"severity": 2, "reason": "金额不大"}, headers=etag(2))
    assert places(problem(alone, 409, "change_refused")) == [("severity_lowered", "severity")]
    why = {"severity": 2, "reason": "金额核实只有 30 元"}
    assert (await amends.call("PATCH", path, json=why, headers=etag(2), role="supervisor")).status_code == 200
    last = (await amends.get(f"{path}/events")).json()["items"][-1]
    assert (last["data"]["reason"], last["data"]["from"], last["data"]["to"]) == (why["reason"], {"severity": 3}, {"severity": 2})


async def test_who_is_on_duty_hears_of_it_at_once_and_alone_calls_the_customer(amends):
    one = await escalated(amends)
    (notice,) = (await amends.get("/v1/notices", role="supervisor")).json()["items"]
    assert (notice["kind"], notice["complaint_id"]) == ("called_on_duty", one["id"])
    path = f"/v1/complaints/{one['id']}/contacts"
    call = {"direction": "out", "channel": "phone", "verification": 1}
    refused = problem(await amends.post(path, call, role="handler"), 409, "change_refused")
    assert places(refused) == [("one_voice", "direction")]
    assert "supervisor" in refused["reasons"][0]["message"]
    promised = {"kind": "call_back", "due": "两周内", "text": "两周内回电。"}
    refused = problem(await amends.post(f"/v1/complaints/{one['id']}/promises", promised, role="handler"), 409, "change_refused")
    assert places(refused) == [("one_voice", "kind")]
    taken = await amends.post(
        f"/v1/complaints/{one['id']}/transitions", {"transition": "take_charge"}, role="supervisor", headers=etag(one["version"])
    )
    assert taken.json()["complaint"]["assignee"] == (await amends.get("/v1/me", role="supervisor")).json()["id"]
    named = problem(await amends.post(path, call, role="first_line"), 409, "change_refused")  # not even the owner, now
    assert "supervisor.one" in named["reasons"][0]["message"]
    assert (await amends.post(path, call, role="supervisor")).status_code == 201
    assert (await amends.post(path, {**call, "direction": "in"}, role="handler")).status_code == 201


async def test_the_evidence_pack_holds_the_whole_record_and_that_it_was_taken_is_an_event(amends):
    one = await escalated(amends)
    await amends.post(f"/v1/complaints/{one['id']}/notes", {"text": "客户很激动。"})
    await amends.post(f"/v1/complaints/{one['id']}/appeals", {"body": "court", "reference": "苏0106民初1号"})
    more = {
        "promises": {"kind": "call_back", "due": "in 3 working days"},
        "work-orders": {"department": "network", "request": "请测信号", "kind": "outage"},
        "consults": {"department": "billing", "question": "算吗？"},
        "grants": {"kind": "credit", "amount": "10.00", "reason": "long_wait"},
    }
    for name, body in more.items():
        # What is promised comes from the one voice.
        added = await amends.post(
            f"/v1/complaints/{one['id']}/{name}", body, role="supervisor" if name == "promises" else "handler"
        )
        assert added.status_code == 201, added.text
    path = f"/v1/complaints/{one['id']}/evidence"
    problem(await amends.get(path, role="handler"), 403, "forbidden")
    answer = await amends.get(path, role="auditor")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    lines = [line.split("  ") for line in files.pop("SHA256SUMS").decode().splitlines()]
    sums = {name: digest for digest, name in lines}
    assert {name: hashlib.sha256(body).hexdigest() for name, body in files.items()} == sums
    record = orjson.loads(files["record.json"])
    assert [e["type"] for e in record["events"]] == [
        *("opened", "transitioned", "noted", "appealed"),
        *("promised", "work_ordered", "consult_asked", "granted"),
    ]
    assert (record["complaint"]["text"], record["appeal"][0]["reference"]) == (STORY, "苏0106民初1号")
    assert PHONE.encode() not in files["record.json"]
    readable = files["record.html"].decode()
    for words in (STORY, "客户很激动。", "我要找记者！", "升级 · Escalate"):
        assert words in readable
    heads = set(re.findall(r"<(?:th|h2)>(.*?)<", readable))
    assert {head for head in heads if " · " not in head} == set()
    assert "<td>False</td>" not in readable
    assert b"escalated:" in files["workflow/complaint-v1.yaml"]
    whole = await amends.get(f"{path}?personal=true", role="supervisor")
    with zipfile.ZipFile(io.BytesIO(whole.content)) as packed:
        assert NAME in packed.read("record.json").decode()
    problem(await amends.get(f"{path}?personal=true", role="auditor"), 403, "forbidden")
    events = (await amends.get(f"/v1/complaints/{one['id']}/events")).json()["items"]
    taken = [(e["actor"], e["data"]["personal"]) for e in events if e["type"] == "evidence_taken"]
    assert taken == [("auditor.one", False), ("supervisor.one", True)]
