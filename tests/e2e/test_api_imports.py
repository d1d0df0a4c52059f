"""Files over HTTP: bare or by form, repeatable, with every refused row to be fetched."""

from __future__ import annotations

from tests.e2e.api_world import World, places, problem

CSV = {"Content-Type": "text/csv"}
MAP = """
target: customers
fields:
  external_id: id
  name: name
  phone: phone
  tenure_months: months
"""
ROWS = "id,name,phone,months\nC-1,张三,13812345678,12\nC-2,李四,13912345678,x\n"


async def test_a_file_by_form_is_imported_and_its_refused_rows_fetched(amends: World):
    files = {"file": ("客户.csv", ROWS.encode()), "map": ("map.yaml", MAP.encode())}
    answer = await amends.post("/v1/imports/customers", files=files, role="integration", lang="zh")
    assert answer.status_code == 201, answer.text
    report = answer.json()
    assert report["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    assert [(p["row"], p["field"]) for p in report["problems"]] == [(3, "tenure_months")]
    run = (await amends.get(answer.headers["location"], role="integration")).json()
    assert (run["status"], run["total"], run["done"], run["rejects"]) == ("done", 2, 2, report["rejects"])
    rejects = await amends.get(report["rejects"], role="integration")
    assert "C-2" in rejects.content.decode("utf-8-sig")
    assert "C-1" not in rejects.content.decode("utf-8-sig")
    problem(await amends.get(report["rejects"], role="handler"), 403, "forbidden")
    made = await amends.opened(customer={"external_id": "C-1"})
    assert not made["customer"]["provisional"]
    again = await amends.post("/v1/imports/customers", files=files, role="integration")
    assert again.json()["counts"] == {"created": 0, "updated": 0, "unchanged": 1, "rejected": 1}


async def test_a_dry_run_stores_nothing_and_keeps_no_file(amends: World):
    files = {"file": ("c.csv", ROWS.encode())}
    answer = await amends.post("/v1/imports/customers?dry_run=true", files=files, data={"map": MAP}, role="integration")
    assert (answer.status_code, answer.json()["id"], answer.json()["dry_run"]) == (200, None, True)
    assert answer.json()["counts"]["created"] == 1
    assert (await amends.opened(customer={"external_id": "C-1"}))["customer"]["provisional"]
    assert not list((amends.desk.runtime.settings.var / "imports").iterdir())


async def test_a_bare_file_is_imported_under_a_delivered_map(embedded: World):
    rows = "customerID,gender,SeniorCitizen\n"
    answer = await embedded.post("/v1/imports/customers?map=ibm_telco_customers", content=rows, headers=CSV, role="integration")
    assert problem(answer, 422, "map_invalid")["reasons"]
    unknown = await embedded.post("/v1/imports/customers?map=nothing", content=rows, headers=CSV, role="integration")
    found = problem(unknown, 404, "not_found")
    assert places(found) == [("import_map_unknown", "map")]
    assert "ibm_telco_customers" in found["reasons"][0]["message"]


async def test_what_is_no_import_is_refused(embedded: World):
    path = "/v1/imports/complaints"
    assert places(problem(await embedded.post(path, content=ROWS, headers=CSV, role="integration"), 422, "invalid")) == [
        ("import_map_missing", "map")
    ]
    no_file = await embedded.post(path, files={"map": ("m.yaml", MAP.encode())}, role="integration")
    assert places(problem(no_file, 422, "invalid")) == [("import_file_missing", "file")]
    no_map = await embedded.post(path, files={"file": ("c.csv", ROWS.encode())}, role="integration")
    assert places(problem(no_map, 422, "invalid")) == [("import_map_missing", "map")]
    broken = await embedded.post(path, content=b"--x", headers={"Content-Type": "multipart/form-data"}, role="integration")
    assert places(problem(broken, 422, "invalid")) == [("multipart_unreadable", "body")]
    problem(await embedded.post(path, {"a": 1}, role="integration"), 415, "unsupported_media_type")
    problem(await embedded.post(path, content=ROWS, headers=CSV), 403, "forbidden")
    wrong = {"file": ("c.csv", ROWS.encode()), "map": ("m.yaml", MAP.encode())}
    problem(await embedded.post(path, files=wrong, role="integration"), 422, "map_invalid")
    problem(await embedded.get("/v1/imports/0195b4f0-7c00-7000-8000-000000000000", role="integration"), 404, "not_found")
