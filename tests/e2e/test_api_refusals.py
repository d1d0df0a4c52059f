"""Whatever is wrong is told as a problem with its code, its field and its remedy, in the caller's language; never a 5xx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.api_world import OPENING, PROBLEM, World, etag, places, problem

LANGS = ("zh", "en")
NOWHERE = "0195b4f0-7c00-7000-8000-000000000000"


def chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def spoken(found: Mapping[str, Any], lang: str) -> bool:
    """Whether everything that is told to people is in `lang`."""
    told = [found["title"], found["detail"], *(reason["message"] for reason in found["reasons"])]
    return all(chinese(text) == (lang == "zh") for text in told)


def opening(**more: Any) -> dict[str, Any]:
    return {**OPENING, **more}


BODIES = [
    pytest.param({}, [("field_missing", "customer"), ("field_missing", "channel"), ("field_missing", "text")], id="nothing"),
    pytest.param([], [("field_object", "body")], id="a list"),
    pytest.param("text", [("field_object", "body")], id="a text"),
    pytest.param(opening(colour="red"), [("field_unknown", "colour")], id="unknown field"),
    pytest.param(opening(text=""), [("text_empty", "text")], id="empty text"),
    pytest.param(opening(text=" \n\t "), [("text_empty", "text")], id="blank text"),
    pytest.param(opening(text="长" * 20_001), [("text_too_long", "text")], id="20,001 characters"),
    pytest.param(opening(text="a\x00b"), [("text_control", "text")], id="NUL"),
    pytest.param(opening(text="a\x1bb"), [("text_control", "text")], id="escape"),
    pytest.param(opening(text="a\u0085b"), [("text_control", "text")], id="C1 control"),
    pytest.param(opening(text=7), [("field_text", "text")], id="number for text"),
    pytest.param(opening(severity="2"), [("field_integer", "severity")], id="text for number"),
    pytest.param(opening(severity=True), [("field_integer", "severity")], id="true for number"),
    pytest.param(opening(severity=5), [("field_high", "severity")], id="above"),
    pytest.param(opening(severity=0), [("field_low", "severity")], id="below"),
    pytest.param(opening(severity=10**30), [("field_integer", "severity")], id="huge number"),
    pytest.param(opening(severity=2**63), [("field_high", "severity")], id="more than 63 bits"),
    pytest.param(opening(severity=1.5), [("field_integer", "severity")], id="fraction"),
    pytest.param(opening(sensitive="yes"), [("field_boolean", "sensitive")], id="text for flag"),
    pytest.param(opening(tags="billing"), [("field_list", "tags")], id="text for list"),
    pytest.param(opening(tags=["a", "a"]), [("field_repeated", "tags")], id="tag twice"),
    pytest.param(opening(tags=["a", "Б"]), [("field_tag", "tags[1]")], id="no tag"),
    pytest.param(opening(tags=[f"t{n}" for n in range(21)]), [("field_many", "tags")], id="21 tags"),
    pytest.param(opening(customer={}), [("customer_one_of", "customer")], id="nobody"),
    pytest.param(opening(customer="13961235611"), [("customer_one_of", "customer")], id="no object"),
    pytest.param(
        opening(customer={"phone": "13961235611", "external_id": "C-1"}), [("field_unknown", "customer.phone")], id="two names"
    ),
    pytest.param(opening(customer={"phone": "12"}), [("phone_invalid", "customer.phone")], id="no phone"),
    pytest.param(opening(customer={"id": "7"}), [("field_uuid", "customer.id")], id="no id"),
    pytest.param(
        opening(remedy_sought={"kind": "refund", "amount": 30}), [("field_yuan", "remedy_sought.amount")], id="money as number"
    ),
    pytest.param(
        opening(remedy_sought={"kind": "refund", "amount": "30.001"}),
        [("field_yuan", "remedy_sought.amount")],
        id="a tenth of a fen",
    ),
    pytest.param(opening(occurred_at="2026-03-10T10:00:00"), [("field_time", "occurred_at")], id="time without zone"),
    pytest.param(opening(occurred_at="2026-02-30T10:00:00Z"), [("field_time", "occurred_at")], id="no such day"),
]


@pytest.mark.parametrize(("body", "reasons"), BODIES)
async def test_a_wrong_body_names_each_field(embedded: World, body: Any, reasons: list[tuple[str, str]]):
    for lang in LANGS:
        found = problem(await embedded.post("/v1/complaints", body, lang=lang), 422, "invalid")
        assert places(found) == reasons
        assert spoken(found, lang), found


RAW = [
    pytest.param(b"", "json_empty", "body", id="empty"),
    pytest.param(b"{", "json_invalid", "body", id="cut off"),
    pytest.param(b'{"text": NaN}', "json_invalid", "body", id="NaN"),
    pytest.param(b'{"severity": 1e999}', "json_invalid", "body", id="infinite"),
    pytest.param(b'{"text": "\xff"}', "json_invalid", "body", id="no UTF-8"),
    pytest.param(b'{"text": "a\x01"}', "json_invalid", "body", id="bare control character"),
    pytest.param(b'{"customer": {"phone": "\\ud800"}}', "json_surrogate", "customer.phone", id="half a character"),
    pytest.param(b'{"tags": ["a", "\\udc00"]}', "json_surrogate", "tags[1]", id="half a character in a list"),
    pytest.param(b"[" * 33 + b"]" * 33, "json_deep", "body", id="33 deep"),
    pytest.param(b"[" * 100_000 + b"]" * 100_000, "json_deep", "body", id="100,000 deep"),
    pytest.param(b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "json_deep", "body", id="5,000 objects deep"),
    pytest.param(b'{"severity": 1, "text": "a", "severity": 4}', "json_repeated", "severity", id="a key twice"),
    pytest.param(b'{"customer": {"id": "1", "\\u0069d": "2"}}', "json_repeated", "customer.id", id="a key twice, once escaped"),
    pytest.param(b'{"tags": [{}, {"a": 1, "a": 1}]}', "json_repeated", "tags[1].a", id="a key twice in a list"),
]


@pytest.mark.parametrize(("raw", "code", "where"), RAW)
async def test_what_is_no_json_is_refused_with_its_place(embedded: World, raw: bytes, code: str, where: str):
    for lang in LANGS:
        answer = await embedded.post("/v1/complaints", content=raw, headers={"Content-Type": "application/json"}, lang=lang)
        found = problem(answer, 422, "invalid")
        assert places(found) == [(code, where)]
        assert spoken(found, lang)


async def test_deep_json_inside_the_data_of_a_step_is_refused(embedded: World):
    now = await embedded.opened()
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    body = {"transition": "anything", "data": {"deep": deep}}
    found = problem(await embedded.post(f"/v1/complaints/{now['id']}/transitions", body, headers=etag(1)), 422, "invalid")
    assert places(found) == [("json_deep", "body")]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json; charset=gb18030", "multipart/form-data", ""])
async def test_another_content_type_is_refused(embedded: World, kind: str):
    answer = await embedded.post("/v1/complaints", content=b"{}", headers={"Content-Type": kind})
    found = problem(answer, 415, "unsupported_media_type")
    assert ("application/json" in found["detail"], places(found)) == (True, [("unsupported_media_type", "Content-Type")])


async def test_a_compressed_body_is_refused(embedded: World):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    problem(await embedded.post("/v1/complaints", content=b"{}", headers=headers), 415, "unsupported_media_type")


async def test_a_body_above_the_limit_is_refused_whether_it_tells_its_length_or_not(embedded: World):
    raw = b'{"text": "' + b"a" * 1_048_576 + b'"}'

    async def pieces():
        yield raw

    headers = {"Content-Type": "application/json"}
    for content in (raw, pieces()):
        found = problem(await embedded.post("/v1/complaints", content=content, headers=headers), 413, "too_large")
        assert ("1048576" in found["detail"], places(found)) == (True, [("too_large", "body")])


TOKENS = [
    pytest.param({}, "token_missing", id="none"),
    pytest.param({"Authorization": "Basic YTpi"}, "token_scheme", id="basic"),
    pytest.param({"Authorization": "Bearer abc"}, "token_malformed", id="malformed"),
    pytest.param({"Authorization": "Bearer amd_" + "A" * 43}, "token_unknown", id="unknown"),
    pytest.param({"Authorization": "Bearer \xff"}, "token_malformed", id="bytes"),
]


@pytest.mark.parametrize(("headers", "code"), TOKENS)
async def test_without_a_valid_token_nothing_is_answered(embedded: World, headers: dict[str, str], code: str):
    for lang in LANGS:
        raw = {name.encode(): value.encode("latin-1") for name, value in {**headers, "Accept-Language": lang}.items()}
        answer = await embedded.client.request("GET", "/v1/complaints", headers=raw)
        found = problem(answer, 401, "unauthenticated")
        assert places(found) == [(code, "Authorization")]
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert spoken(found, lang)


async def test_a_role_that_may_not_is_told_who_may(embedded: World):
    for lang in LANGS:
        found = problem(await embedded.post("/v1/complaints", dict(OPENING), role="marketer", lang=lang), 403, "forbidden")
        assert "marketer" in found["detail"]
        assert "handler" in found["detail"]
        assert spoken(found, lang)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/nothing",
        "/v1/complaints/",
        f"/v1/complaints/{NOWHERE}",
        "/v1/complaints/7",
        f"/v1/customers/{NOWHERE}",
        "/v1/customers/7",
    ],
)
async def test_what_is_not_there_is_said_to_be_missing(embedded: World, path: str):
    for lang in LANGS:
        assert spoken(problem(await embedded.get(path, lang=lang), 404, "not_found"), lang)


async def test_a_refusal_without_reasons_of_its_own_names_its_place_and_the_remedy(embedded: World):
    here = f"/v1/complaints/{(await embedded.opened())['id']}"
    for lang in LANGS:
        found = [
            problem(await embedded.get(f"/v1/complaints/{NOWHERE}", lang=lang), 404, "not_found"),
            problem(await embedded.get("/v1/nothing", lang=lang), 404, "not_found"),
            problem(await embedded.call("DELETE", here, lang=lang), 405, "method_not_allowed"),
            problem(await embedded.get(here, role="marketer", lang=lang), 403, "forbidden"),
            problem(await embedded.get(f"{here}?as_of=2001-01-01T00:00:00Z", lang=lang), 404, "not_found"),
            problem(await embedded.post("/v1/complaints", opening(workflow="complant"), lang=lang), 404, "not_found"),
        ]
        assert [[where for _, where in places(one)] for one in found] == [
            ["path"],
            ["path"],
            ["method"],
            ["Authorization"],
            ["as_of"],
            ["workflow"],
        ]
        assert all(spoken(one, lang) for one in found)


async def test_another_method_is_told_the_right_ones(embedded: World):
    for lang in LANGS:
        answer = await embedded.call("DELETE", "/v1/complaints", lang=lang)
        assert spoken(problem(answer, 405, "method_not_allowed"), lang)
        assert answer.headers["allow"] == "GET, HEAD, POST"


QUERIES = [
    pytest.param("colour=red", "query_unknown", "colour", id="unknown"),
    pytest.param("stat=x", "query_unknown_near", "stat", id="misspelt"),
    pytest.param("limit=0", "field_low", "limit", id="no rows"),
    pytest.param("limit=201", "field_high", "limit", id="too many rows"),
    pytest.param("limit=ten", "field_integer", "limit", id="a word for a number"),
    pytest.param("limit=5&limit=6", "query_repeated", "limit", id="twice"),
    pytest.param("sort=number", "field_choice", "sort", id="unknown order"),
    pytest.param("cursor=abc", "cursor_invalid", "cursor", id="no cursor"),
    pytest.param("cursor=%C3%A4", "cursor_invalid", "cursor", id="no cursor at all"),
    pytest.param("final=maybe", "field_boolean", "final", id="neither true nor false"),
    pytest.param("owner=li", "field_uuid", "owner", id="a name for an id"),
    pytest.param("opened_from=2026-03-10", "field_time", "opened_from", id="a day for a time"),
    pytest.param("q=a%00b", "text_control", "q", id="NUL"),
    pytest.param("q=%ff", "query_unreadable", "query", id="no UTF-8"),
    pytest.param("q=", "text_empty", "q", id="nothing to look for"),
    pytest.param("q=" + "a" * 9_000, "query_too_long", "query", id="too long"),
]


@pytest.mark.parametrize(("query", "code", "where"), QUERIES)
async def test_a_wrong_query_names_the_parameter(embedded: World, query: str, code: str, where: str):
    for lang in LANGS:
        found = problem(await embedded.get(f"/v1/complaints?{query}", lang=lang), 422, "invalid")
        assert places(found) == [(code, where)]
        assert spoken(found, lang)


async def test_a_parameter_where_none_is_known_is_refused(embedded: World):
    assert places(problem(await embedded.get("/v1/me?x=1"), 422, "invalid")) == [("query_unknown_none", "x")]


IF_MATCH = [
    pytest.param(None, "if_match_missing", id="none"),
    pytest.param("*", "if_match_form", id="any"),
    pytest.param('W/"1"', "if_match_form", id="weak"),
    pytest.param('"1", "2"', "if_match_form", id="several"),
    pytest.param("1", "if_match_form", id="without quotes"),
    pytest.param('"x"', "if_match_form", id="no version"),
]


@pytest.mark.parametrize(("sent", "code"), IF_MATCH)
async def test_a_change_without_the_version_that_was_read_is_refused(embedded: World, sent: str | None, code: str):
    now = await embedded.opened()
    headers = {} if sent is None else {"If-Match": sent}
    path = f"/v1/complaints/{now['id']}"
    for method, target, body in (
        ("PATCH", path, {"severity": 3}),
        ("POST", f"{path}/transitions", {"transition": "x"}),
        ("POST", f"{path}/assignment", {"team": "x"}),
        ("POST", f"{path}/merge", {"into": NOWHERE}),
    ):
        for lang in LANGS:
            found = problem(
                await embedded.call(method, target, json=body, headers=headers, lang=lang), 428, "precondition_required"
            )
            assert places(found) == [(code, "If-Match")]
            assert spoken(found, lang)


async def test_a_version_that_has_passed_is_told_the_present_one(amends: World):
    now = await amends.opened()
    path = f"/v1/complaints/{now['id']}"
    assert (await amends.call("PATCH", path, json={"severity": 3}, headers=etag(1))).status_code == 200
    for lang in LANGS:
        found = problem(await amends.call("PATCH", path, json={"severity": 4}, headers=etag(1), lang=lang), 412, "stale_version")
        assert ("2" in found["detail"], places(found)) == (True, [("stale_version", "If-Match")])
        assert spoken(found, lang)
    assert (await amends.get(path)).json()["severity"] == 3


async def test_a_step_that_does_not_start_here_names_those_that_do(amends: World):
    now = await amends.opened()
    steps = (await amends.actions(now["id"]))["items"]
    for lang in LANGS:
        path = f"/v1/complaints/{now['id']}/transitions"
        answer = await amends.post(path, {"transition": "no_such_step"}, headers=etag(1), lang=lang)
        found = problem(answer, 422, "transition_unknown")
        assert steps[0]["name"] in found["reasons"][0]["message"]
        assert spoken(found, lang)


async def test_a_step_whose_form_is_not_filled_names_its_fields(amends: World):
    now = await amends.opened()
    step = next(a for a in (await amends.actions(now["id"]))["items"] if a["allowed"] and a["form"]["required"])
    body = {"transition": step["name"], "note": "x"}
    for lang in LANGS:
        answer = await amends.post(f"/v1/complaints/{now['id']}/transitions", body, headers=etag(1), lang=lang)
        found = problem(answer, 422, "form_invalid")
        assert {where for _, where in places(found)} == {f"data.{name}" for name in step["form"]["required"]}
        assert spoken(found, lang)


async def test_a_step_of_several_that_fails_is_named_and_none_is_taken(amends: World):
    now = await amends.opened()
    steps = [{"transition": "no_such_step"}, {"transition": "nor_this"}]
    found = problem(
        await amends.post(f"/v1/complaints/{now['id']}/transitions", {"steps": steps}, headers=etag(1)), 422, "transition_unknown"
    )
    assert places(found) == [("transition_unknown", "steps[0].transition")]
    assert (await amends.get(f"/v1/complaints/{now['id']}")).json()["version"] == 1


async def test_the_language_is_the_one_preferred_else_that_of_the_settings(embedded: World):
    cases = {"zh-CN,zh;q=0.9,en;q=0.8": "zh", "en-GB;q=0.5, zh-TW;q=0.4": "en", "fr": "en", "*": "en", "": "en", ";;q=x,,": "en"}
    for sent, lang in cases.items():
        answer = await embedded.get("/v1/nothing", lang=sent)
        assert answer.headers["content-language"] == lang
        assert answer.headers["content-type"] == PROBLEM
