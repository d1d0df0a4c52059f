"""What was said is found by every part of it: lists by search equal a scan of the folded plaintext, on both databases.

Through the desk, as users search: the words of openings, notes, steps, work orders and promises, before and after the
worker has folded new entries into the index.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import orjson
import pytest_asyncio

from app.access.actor import Actor
from app.access.answers import Answer
from app.boot import build_desk, publish_all
from app.clock import FrozenClock
from app.complaints.pages import Filters
from app.complaints.search_tokens import fold
from app.desk.adding import add_note
from app.desk.desk import Desk, by_of
from app.desk.intake import Opening, open_complaint
from app.desk.outcome import Reply, Result
from app.desk.pages import list_page, searched
from app.desk.transition import transition
from app.desk.who import Caller
from app.desk.work_orders import add_work_order
from app.settings import Settings
from app.worker.context import hired
from app.worker.upkeep import fold_search
from app.workflow.machine import Command
from tests.proofs.flow_yaml import WORKFLOWS
from tests.sizes import size

HANDLER = Actor(UUID(int=(0x018F << 112) | 1), "li", "李", frozenset({"handler"}))
ZH = (
    "上个月的流量费多收了三十元", "打了两次电话都没有人回", "信号不好，一到晚上就断网", "营业厅让我排了两个小时的队", "說好的優惠沒有兌現",
    "宽带装了半个月还没通", "短信里说已经退费，可是账单上没有", "换了套餐以后反而更贵", "客服态度很差，挂我电话", "國際漫遊收費太高",
    "充值一百元没有到账", "停机没有通知", "老人不会用，请慢慢讲", "再不解决我就投诉到工信部", "谢谢你们，问题解决了",
)  # fmt: skip
EN = (
    "I was charged twice for the same month", "the signal keeps dropping every evening", "nobody called me back",
    "My refund of ¥30.50 has not arrived", "the agent was rude and HUNG UP on me", "5G is slower than 4G here",
    "please call after 6 p.m.", "Straße, café and naïve came out wrong in the letter", "why is roaming so expensive?",
    "the router's light blinks red", "I cancelled in March and still pay", "worked fine until Tuesday",
)  # fmt: skip
GLUE = (" ", "，", "。", ", ", "; ", "\n", "", "  ", "——", " / ", "ＡＢＣ１２３", "👍")


def said(rng: Random) -> str:
    """Something in Chinese, English or both, of one sentence or of many."""
    pool = rng.choice((ZH, EN, ZH + EN))
    parts = rng.choices(pool, k=rng.choice([1, 1, 2, 3, 5, 30]))
    return "".join(part + rng.choice(GLUE) for part in parts) + str(rng.randrange(10_000))


def asked(rng: Random, texts: Sequence[str]) -> str:
    """Mostly one to four characters of a text as it was written; some longer; some in an order that hardly occurs."""
    text = rng.choice(texts)
    length = rng.choice([1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 12, 40])
    start = rng.randrange(max(1, len(text) - length + 1))
    part = text[start : start + length]
    return "".join(rng.sample(part, len(part))) if rng.random() < 0.1 else part


@pytest_asyncio.fixture
async def desk(database_url: str, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Desk]:
    made = await build_desk(Settings(database_url=database_url, var=tmp_path / "var", workflows=WORKFLOWS, pool_size=2), clock)
    await publish_all(made)
    yield made
    await made.runtime.db.close()


def _id(result: Result) -> Answer:
    return Answer(200, {}, orjson.dumps(str(result.complaint["id"])))


async def filled(desk: Desk, clock: FrozenClock, rng: Random, count: int) -> Mapping[UUID, list[str]]:
    """Complaints, each with words in several places: what was said of each."""
    texts: dict[UUID, list[str]] = defaultdict(list)
    by, reply = by_of(HANDLER), Reply(_id)
    for number in range(count):
        clock.advance(timedelta(seconds=rng.choice([0, 1, 3600, 400_000])))
        words = [said(rng) for _ in range(5)]
        opening = Opening(Caller(external_id=f"CRM-{number % 40}"), "phone", words[0])
        answer, _ = await open_complaint(desk, HANDLER, by, opening, reply)
        own = UUID(orjson.loads(answer.body or b""))
        texts[own].append(words[0])
        if rng.random() < 0.5:
            await add_note(desk, HANDLER, by, own, words[1], reply)
            texts[own].append(words[1])
        if rng.random() < 0.3:
            await add_work_order(desk, HANDLER, by, own, "network", words[2], None, reply)
            texts[own].append(words[2])
        if rng.random() < 0.3:
            steps = [Command("investigate", {}), Command("found", {"finding": words[3]}, words[4])]
            await transition(desk, HANDLER, by, own, steps, reply)
            texts[own] += words[3:]
    return texts


async def listed(desk: Desk, query: str) -> list[UUID]:
    """The complaints that a user is shown, page by page."""
    found: list[UUID] = []
    cursor: str | None = None
    while True:
        page = await list_page(desk, Filters(q=searched(desk, query)), "-opened_at", cursor, 50)
        found += [own["id"] for own, _, _ in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            return found


async def test_what_is_found_is_what_a_scan_finds(desk: Desk, clock: FrozenClock):
    rng = Random(20260310)
    texts = await filled(desk, clock, rng, size("search_complaints"))
    folded = {own: [fold(text) for text in said_] for own, said_ in texts.items()}
    every = [text for said_ in texts.values() for text in said_]
    count, hits = size("search_substrings"), 0
    for number in range(count):
        if number == count // 2:
            async with hired(desk, clock, asyncio.Event()) as worker:
                await fold_search(worker)  # and nothing else: by now a year of timers is due
        query = asked(rng, every)
        wanted = {own for own, said_ in folded.items() if any(fold(query) in text for text in said_)}
        found = await listed(desk, query)
        assert len(found) == len(set(found)), query
        assert set(found) == wanted, f"{query!r}: missing {len(wanted - set(found))}, too many {len(set(found) - wanted)}"
        hits += bool(wanted)
    assert hits > count * 0.8
