"""`python -m bench.similar`: how long the suggestion of similar cases takes over many closed complaints.

Makes closed complaints of customers' words put together at random (a rich vocabulary and a poor one), good cases among
them, and asks for what is like a complaint at hand, as `GET /v1/complaints/{id}/similar` does, one at a time. Prints p50 and
p95 in milliseconds; the time of the HTTP around it is in `bench.scale`.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.boot import build_desk, publish_all
from app.catalogue.answers_tables import good_case, good_case_gram
from app.clock import SystemClock
from app.complaints.tables import complaint as complaint_table
from app.customers.profile import Profile
from app.customers.store import new_rows
from app.db.ids import complaint_number, new_id
from app.db.migrate import upgrade
from app.db.statement import Insert
from app.desk.desk import Desk, by_of
from app.desk.intake import Opening, prepare
from app.desk.outcome import event_inserts
from app.desk.similar import similar
from app.desk.who import Caller
from app.integrations.seeding.storing import store, with_search_index, without_search_index
from app.integrations.seeding.wording import TAGS
from app.integrations.seeding.wording import words as poor
from app.settings import Settings
from bench import machine, report
from bench.databases import each
from bench.measure import percentile
from bench.work import TEXTS

COMPLAINTS = 100_000
MODELS = 1_000
ASKED = 400
BATCH = 1_000
_PLACES = [a + b for a in "东西南北新旧大小上下" for b in ("城路", "关街", "湖村", "山镇", "桥头", "河湾", "塘口", "坪里")]
_THINGS = [
    a + b
    for a in ("光猫", "机顶盒", "副卡", "校园卡", "积分", "彩铃", "宽带", "短号", "流量包", "会员", "亲情网", "固话")
    for b in ("", "套餐", "活动", "账单")
]
_VERBS = ("扣了", "没到账", "停了", "被改了", "断了", "少了", "多收了", "没人管", "退不掉", "开不通", "用不了", "被取消了")


def rich(random: Random) -> str:
    """What one customer says: a text of the load test, with a place, a thing and numbers of its own."""
    place, thing, verb = random.choice(_PLACES), random.choice(_THINGS), random.choice(_VERBS)
    own = f"在{place}{random.randint(1, 99)}号附近，{thing}{verb}，{random.choice(_THINGS)}也{random.choice(_VERBS)}。"
    return own + random.choice(TEXTS)


async def fill(desk: Desk, count: int, random: Random) -> list[UUID]:
    """Closed complaints, good cases among them, and fifty open ones whose ids are given."""
    database, now = desk.runtime.db, desk.runtime.clock.now()
    definition, terms = await desk.current_workflow("complaint"), await desk.terms()
    final = next(stage.name for stage in definition.stages.values() if stage.final)
    handler = Actor(new_id(now), "bench", "bench", frozenset({"handler"}))
    await without_search_index(database)
    asked: list[UUID] = []
    numbers: set[str] = set()
    made = 0
    while made < count + 50:
        inserts: list[Insert] = []
        models: list[Insert] = []
        at = now - timedelta(days=365) * (1 - made / (count + 50))
        rows, customer, key = new_rows(
            desk.vault, Profile(name="客户", phone=f"19{random.randint(0, 999_999_999):09d}"), at, provisional=False
        )
        inserts += rows
        for _ in range(min(BATCH, count + 50 - made)):
            say = rich if random.random() < 0.5 else poor
            opening = Opening(Caller(id=customer["id"]), "phone", say(random), tags=[random.choice(TAGS)], source="bench")
            opened = await prepare(desk, handler, by_of(handler), definition, terms, opening, customer, key, at)
            row: dict[str, Any] = dict(opened.complaint)
            while row["number"] in numbers:  # drawn at random: at the desk one that was drawn twice is drawn again
                row["number"] = complaint_number(at)
            numbers.add(row["number"])
            if made < count:
                row |= {"state": final, "kind": "final", "final": True, "closed_at": at, "closed_as": "confirm"}
            else:
                asked.append(row["id"])
            # Timers of a complaint that is closed would only wait; its events tell the same either way.
            kept = [insert for insert in opened.inserts if insert.table.name != "timer"]
            inserts += [Insert(complaint_table, row), *kept, *event_inserts(opened.events)[0]]
            if made < count and made % max(1, count // MODELS) == 0:
                models += _model(desk, row, opened.text, at)
            made += 1
        await store(database, inserts + models)
    await with_search_index(database)
    return asked


def _model(desk: Desk, row: dict[str, Any], text: str, at: Any) -> list[Insert]:
    case = {
        "id": new_id(at),
        "complaint_id": row["id"],
        "tags": row["tags"],
        "title": text[:40],
        "situation": text,
        "done": "已退费",
        "why": "先道歉",
    }
    grams = desk.tokens.telling("\n".join((case["title"], case["situation"], case["done"], case["why"])))
    whole = {**case, "by_id": None, "by": "bench", "at": at}
    return [Insert(good_case, whole), *(Insert(good_case_gram, {"gram": gram, "case_id": case["id"]}) for gram in grams)]


async def measure(url: str, count: int) -> tuple[list[float], int]:
    """(milliseconds of each question, sorted; how many of them found something)."""
    with tempfile.TemporaryDirectory() as folder:
        workflows = Path(__file__).parents[1] / "workflows"
        desk = await build_desk(Settings(database_url=url, var=Path(folder), workflows=workflows), SystemClock())
        try:
            await publish_all(desk)
            asked = await fill(desk, count, Random(1))
            supervisor = Actor(new_id(desk.runtime.clock.now()), "bench", "bench", frozenset({"supervisor"}))
            await similar(desk, supervisor, asked[0])  # counts how rare the grams are, once an hour
            took, hits = [], 0
            for n in range(ASKED):
                started = time.perf_counter()
                models, others = await similar(desk, supervisor, asked[n % len(asked)])
                took.append((time.perf_counter() - started) * 1000)
                hits += bool(models and others)
            return sorted(took), hits
        finally:
            await desk.runtime.db.close()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--complaints", type=int, default=COMPLAINTS)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], action="append")
    parser.add_argument("--print-only", action="store_true", help="leave docs/ as it is")
    asked = parser.parse_args(arguments)
    versions, lines = [], ["| database | closed complaints | questions (with hits) | p50 | p95 |", "|---|---:|---:|---:|---:|"]
    for databases in each(asked.database):
        versions.append(databases.version)
        url = databases.create("similar")
        upgrade(url)
        took, hits = asyncio.run(measure(url, asked.complaints))
        lines.append(
            f"| {databases.dialect} | {asked.complaints:,} | {len(took)} ({hits}) |"
            f" {statistics.median(took):.1f} ms | {percentile(took, 0.95):.1f} ms |"
        )
    text = "\n".join([*machine.describe(versions), "", *lines])
    print(text)
    if not asked.print_only:
        report.into_docs("similar", text)


if __name__ == "__main__":
    main()
