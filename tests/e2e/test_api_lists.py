"""Finding complaints: filters, orders, pages, words, and a file of them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import orjson

from app.integrations.feeds.export import MEDIA
from tests.e2e.api_world import World, etag


async def ids(amends: World, **query: Any) -> list[str]:
    answer = await amends.get("/v1/complaints", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_pages_follow_each_other_and_nothing_is_missed_or_repeated(amends: World, clock):
    made = []
    for _ in range(7):
        made.append((await amends.opened())["id"])
        clock.advance(timedelta(seconds=1))
    for sort, wanted in (("-opened_at", made[::-1]), ("opened_at", made)):
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await amends.get("/v1/complaints", params={"sort": sort, "limit": 3, **cursor})).json()
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert found == wanted


async def test_filters_must_all_hold(amends: World, clock):
    one = await amends.opened(severity=4, tags=["charge.wrong_bill"], source="crm", external_ref="A-1", team="billing")
    clock.advance(timedelta(hours=1))
    two = await amends.opened(customer={"external_id": "C-2"}, channel="app", tags=["net"])
    first = next(a for a in (await amends.actions(two["id"]))["items"] if a["allowed"])["name"]
    two = await amends.walked(two, first)
    for query, wanted in (
        ({"severity": 4}, [one]),
        ({"severity": 4, "channel": "app"}, []),
        ({"tag": "charge.wrong_bill"}, [one]),
        ({"tag": "net"}, [two]),
        ({"tag": "charge"}, []),
        ({"state": one["state"]}, [one]),
        ({"state": [one["state"], two["state"]]}, [two, one]),
        ({"kind": one["kind"], "final": "false"}, [two, one]),
        ({"final": "true"}, []),
        ({"team": "billing"}, [one]),
        ({"number": two["number"]}, [two]),
        ({"external_ref": "A-1"}, [one]),
        ({"customer": two["customer"]["id"]}, [two]),
        ({"opened_from": two["opened_at"]}, [two]),
        ({"opened_to": two["opened_at"]}, [one]),
    ):
        assert await ids(amends, **query) == [c["id"] for c in wanted], query


async def test_the_one_who_works_on_it_and_the_one_who_answers_for_it_are_found(amends: World):
    me = (await amends.get("/v1/me")).json()["id"]
    now = await amends.opened()
    answer = await amends.post(f"/v1/complaints/{now['id']}/assignment", {"assignee": me, "owner": me}, headers=etag(1))
    assert answer.status_code == 200
    assert await ids(amends, assignee=me) == await ids(amends, owner=me) == [now["id"]]
    cleared = await amends.post(f"/v1/complaints/{now['id']}/assignment", {"assignee": None}, headers=etag(2))
    assert cleared.json()["complaint"]["assignee"] is None
    assert cleared.json()["complaint"]["owner"] == me


async def test_what_is_due_is_listed_by_when_it_is_due(amends: World, clock):
    late = await amends.opened()
    clock.advance(timedelta(hours=3))
    later = await amends.opened()
    due = [c["next_deadline"] for c in (late, later)]
    assert await ids(amends, sort="due") == [late["id"], later["id"]]
    assert await ids(amends, sort="due", due_before=due[1]) == [late["id"]]


async def test_words_are_found_in_every_text_of_a_complaint(amends: World):
    one = await amends.opened(text="宽带昨晚又断了，The router blinks red.")
    two = await amends.opened(text="流量扣费不对")
    await amends.post(f"/v1/complaints/{two['id']}/notes", {"text": "客户说路由器也坏了"})
    for words, wanted in (
        ("宽带", [one]),
        ("router", [one]),
        ("ROUTER BLINKS", [one]),
        ("器", [two]),
        ("扣费不对", [two]),
        ("套餐", []),
    ):
        assert await ids(amends, q=words) == [c["id"] for c in wanted], words


async def test_an_export_is_a_table_without_formulas_and_is_on_record(amends: World):
    await amends.opened(text="=HYPERLINK(1) 流量", tags=["charge"])
    await amends.opened(tags=["net"])
    answer = await amends.get("/v1/exports/complaints", role="supervisor", params={"tag": "charge"}, lang="zh")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA["csv"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, *rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert "投诉内容" in header
    assert len(rows) == 1
    assert not [cell for cell in rows[0] if cell.startswith(("=", "+", "@"))]
    record = (await amends.get("/v1/audit", role="auditor", params={"action": "exported"})).json()["items"]
    assert [event["actor"] for event in record] == ["supervisor.one"]


async def test_an_export_comes_as_workbook_and_as_json_lines(amends: World):
    made = [await amends.opened() for _ in range(3)]
    lines = await amends.get("/v1/exports/complaints", role="supervisor", params={"format": "jsonl"})
    assert {orjson.loads(line)["number"] for line in lines.content.splitlines()} == {c["number"] for c in made}
    book = await amends.get("/v1/exports/complaints", role="supervisor", params={"format": "xlsx"})
    assert book.content.startswith(b"PK")
    assert book.headers["content-disposition"] == 'attachment; filename="complaints.xlsx"'
