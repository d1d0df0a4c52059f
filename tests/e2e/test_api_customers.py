"""Customers over HTTP: as the CRM sends them, masked for everybody, with their consents and complaints."""

from __future__ import annotations

from typing import Any

from tests.e2e.api_world import World, etag, places, problem

DATA = {
    "name": "李明", "phone": "13812345678", "email": "li@example.com", "segment": "mass", "plan": "easy_39", "place": "苏州",
    "attributes": {"tenure_months": 34, "contract": "monthly", "prepaid": False},
}  # fmt: skip


async def put(amends: World, name: str = "CRM-1001", body: dict[str, Any] | None = None, **more: Any) -> Any:
    return await amends.call("PUT", f"/v1/customers/{name}", json=DATA if body is None else body, role="integration", **more)


async def test_a_customer_is_made_changed_and_left_alone(amends: World):
    made = await put(amends)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert made.headers["location"] == f"/v1/customers/{made.json()['id']}"
    same = await put(amends)
    assert (same.status_code, same.headers["etag"]) == (200, '"1"')
    moved = await put(amends, body={"place": "南京", "attributes": {"contract": "yearly"}})
    assert (moved.status_code, moved.headers["etag"]) == (200, '"2"')
    read = (await amends.get(f"/v1/customers/{made.json()['id']}")).json()
    assert read == moved.json()
    assert (read["name"], read["phone"], read["external_id"]) == ("李**", "1381…5678", "CR…01")
    assert read["attributes"] == {"tenure_months": 34, "contract": "yearly", "prepaid": False}


async def test_a_customer_is_changed_only_as_it_was_read_when_that_is_asked_for(amends: World):
    await put(amends)
    assert (await put(amends, body={"place": "南京"}, headers=etag(1))).status_code == 200
    problem(await put(amends, body={"place": "无锡"}, headers=etag(1)), 412, "stale_version")
    problem(await put(amends, "CRM-2", headers=etag(1)), 412, "stale_version")
    problem(await put(amends, headers={"If-Match": "*"}), 428, "precondition_required")


async def test_a_complaint_by_the_crm_id_belongs_to_the_customer_and_is_in_the_history(amends: World):
    customer = (await put(amends)).json()["id"]
    one = await amends.opened(customer={"external_id": "CRM-1001"})
    two = await amends.opened(customer={"phone": "138 1234 5678"})
    three = await amends.opened(customer={"id": customer})
    await amends.opened()
    history = (await amends.get(f"/v1/customers/{customer}/history")).json()["items"]
    assert [c["id"] for c in history] == [three["id"], two["id"], one["id"]]


async def test_a_consent_is_recorded_with_its_evidence(amends: World):
    customer = (await put(amends)).json()["id"]
    path = f"/v1/customers/{customer}/consents"
    body = {
        "purpose": "marketing",
        "channel": "sms",
        "status": "granted",
        "evidence": {"kind": "recorded_call", "reference": "8841"},
    }
    assert (await amends.post(path, body)).json()["consents"] == {"marketing.sms": "granted"}
    answer = await amends.post(path, {**body, "status": "withdrawn"})
    assert answer.json()["consents"] == {"marketing.sms": "withdrawn"}
    assert answer.json()["version"] == 3
    record = (await amends.get("/v1/audit", role="auditor", params={"customer": customer, "action": "consent_set"})).json()["items"]
    assert [event["data"]["status"] for event in record] == ["withdrawn", "granted"]
    missing = {name: value for name, value in body.items() if name != "evidence"}
    assert places(problem(await amends.post(path, missing), 422, "invalid")) == [("field_missing", "evidence")]


async def test_what_is_no_customer_is_refused_by_field(embedded: World):
    for body, reason in (
        ({"phone": "12"}, ("phone_invalid", "phone")),
        ({"email": "nobody"}, ("field_email", "email")),
        ({"sensitive": None}, ("field_boolean", "sensitive")),
        ({"attributes": {"Name": 1}}, ("attribute_name", "attributes")),
        ({"attributes": {"a": [1]}}, ("attribute_value", "attributes")),
        ({"attributes": {"a": "x\x00"}}, ("attribute_value", "attributes")),
        ({"attributes": {"a": 2**60}}, ("attribute_value", "attributes")),
        ({"attributes": {f"a{n}": n for n in range(61)}}, ("field_many", "attributes")),
        ({"age": 7}, ("field_unknown", "age")),
    ):
        assert places(problem(await put(embedded, body=body), 422, "invalid")) == [reason]
    assert places(problem(await put(embedded, "%E5%BC%A0"), 422, "invalid")) == [("crm_id_in_address", "customer")]
    problem(await embedded.call("PUT", "/v1/customers/C-1", json={}), 403, "forbidden")
