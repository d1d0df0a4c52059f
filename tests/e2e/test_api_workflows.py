"""Workflows over HTTP: read, drawn, checked, published as the next version, complaints moved to it on purpose."""

from __future__ import annotations

from typing import Any

from tests.e2e.api_world import World, places, problem

YAML = {"Content-Type": "application/yaml"}


async def text_of(amends: World, version: int = 1) -> str:
    answer = await amends.get(f"/v1/workflows/complaint/versions/{version}", params={"format": "yaml"})
    assert answer.headers["content-type"].startswith("application/yaml")
    return str(answer.text)


async def send(amends: World, path: str, text: str | bytes, role: str = "admin", **more: Any) -> Any:
    return await amends.post(path, content=text.encode() if isinstance(text, str) else text, headers=YAML, role=role, **more)


async def test_a_version_is_read_as_yaml_and_as_json(amends: World):
    listed = (await amends.get("/v1/workflows")).json()["items"]
    assert [(w["name"], w["version"], w["current"]) for w in listed] == [("complaint", 1, True)]
    read = await amends.get("/v1/workflows/complaint/versions/1")
    assert read.headers["etag"] == '"1"'
    assert read.json()["definition"]["start"] in read.json()["definition"]["stages"]
    assert "workflow: complaint" in await text_of(amends)
    for path in ("/v1/workflows/nothing", "/v1/workflows/complaint/versions/9", "/v1/workflows/complaint/versions/99999999999"):
        problem(await amends.get(path), 404, "not_found")


async def test_a_version_is_drawn_in_both_languages(embedded: World):
    path = "/v1/workflows/complaint/versions/1/diagram"
    for lang in ("zh", "en"):
        mermaid = await embedded.get(path, params={"lang": lang})
        assert mermaid.headers["content-type"].startswith("text/plain")
        assert mermaid.text.lstrip().startswith("stateDiagram-v2") or "stateDiagram-v2" in mermaid.text
        svg = await embedded.get(path, params={"format": "svg"}, lang=lang)
        assert svg.headers["content-type"] == "image/svg+xml"
        assert svg.text.lstrip().startswith("<svg")
        assert ("受理" in svg.text) == ("受理" in mermaid.text) == (lang == "zh")


async def test_a_check_names_line_column_and_the_nearest_right_name(embedded: World):
    text = await text_of(embedded)
    assert (await send(embedded, "/v1/workflows:validate", text, "supervisor")).json() == {"valid": True, "problems": []}
    wrong = text.replace("start: intake", "start: intak", 1)
    line = wrong[: wrong.index("start: intak")].count("\n") + 1
    for lang in ("zh", "en"):
        answer = await send(embedded, "/v1/workflows:validate", wrong, "supervisor", lang=lang)
        assert answer.status_code == 200
        found = answer.json()
        assert not found["valid"]
        first = found["problems"][0]
        assert (first["line"], first["column"], first["nearest"]) == (line, 8, "intake")
        assert any("\u4e00" <= c <= "\u9fff" for c in first["message"]) == (lang == "zh")


async def test_a_wrong_workflow_is_not_published(embedded: World):
    text = (await text_of(embedded)).replace("start: intake", "start: intak", 1)
    found = problem(await send(embedded, "/v1/workflows", text), 422, "definition_invalid")
    assert found["reasons"][0]["where"].startswith("workflow.yaml:")
    for body, code in ((b"\xff\xfe", "text_not_utf8"), (b"  \n", "text_nothing")):
        assert problem(await send(embedded, "/v1/workflows", body), 422, "invalid")["reasons"][0]["code"] == code
    problem(await embedded.post("/v1/workflows", {}, role="admin"), 415, "unsupported_media_type")
    problem(await send(embedded, "/v1/workflows", text, "supervisor"), 403, "forbidden")
    assert (await embedded.get("/v1/workflows")).json()["items"][0]["version"] == 1


async def test_running_complaints_stay_on_their_version_until_they_are_moved(amends: World):
    old = await amends.opened()
    text = await text_of(amends)
    made = await send(amends, "/v1/workflows", text + "\n# the next one\n")
    assert (made.status_code, made.json()["version"], made.json()["changed"]) == (201, 2, True)
    again = await send(amends, "/v1/workflows", text + "\n# the next one\n")
    assert (again.status_code, again.json()["version"], again.json()["changed"]) == (200, 2, False)
    new = await amends.opened()
    assert (old["workflow"]["version"], new["workflow"]["version"]) == (1, 2)
    assert (await amends.get(f"/v1/complaints/{old['id']}")).json()["workflow"]["version"] == 1
    path = "/v1/workflows/complaint:migrate"
    seen = (await amends.post(path, {"from": 1, "to": 2}, role="admin")).json()
    assert seen == {"preview": True, "counts": {"intake": 1}, "targets": {"intake": "intake"}, "problems": [], "moved": 0}
    assert (await amends.get(f"/v1/complaints/{old['id']}")).json()["version"] == 1
    done = (await amends.post(path, {"from": 1, "to": 2, "preview": False}, role="admin")).json()
    assert done["moved"] == 1
    moved = (await amends.get(f"/v1/complaints/{old['id']}")).json()
    assert (moved["workflow"]["version"], moved["version"]) == (2, 2)
    assert (await amends.post(path, {"from": 1, "to": 2, "preview": False}, role="admin")).json()["moved"] == 0
    versions = (await amends.get("/v1/workflows/complaint")).json()["items"]
    assert [(v["version"], v["current"]) for v in versions] == [(2, True), (1, False)]


async def test_a_migration_to_a_stage_that_is_not_there_says_so_first(amends: World):
    await amends.opened()
    await send(amends, "/v1/workflows", await text_of(amends) + "\n# next\n")
    body = {"from": 1, "to": 2, "map": {"intake": "nowhere", "nothing": "intake"}}
    seen = (await amends.post("/v1/workflows/complaint:migrate", body, role="admin")).json()
    assert {p["code"] for p in seen["problems"]} == {"stage_without_target", "stage_unknown"}
    answer = await amends.post("/v1/workflows/complaint:migrate", {**body, "preview": False}, role="admin")
    problem(answer, 422, "migration_invalid")
    problem(await amends.post("/v1/workflows/complaint:migrate", {"from": 1, "to": 9}, role="admin"), 404, "not_found")
    found = problem(
        await amends.post("/v1/workflows/complaint:migrate", {"from": 1, "to": 1}, role="admin"), 422, "migration_invalid"
    )
    assert places(found) == [("migrate_same_version", "to")]


async def test_tags_and_plans_are_read_as_published(amends: World):
    for name in ("tags", "plans"):
        answer = await amends.get(f"/v1/{name}")
        assert (answer.status_code, answer.headers["etag"], answer.json()["name"]) == (200, '"1"', name)
        assert answer.json()["definition"]
