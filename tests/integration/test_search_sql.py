"""Search on both databases: hits equal those of a scan, in the order of the list, page by page, and go with the customer."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import ColumnElement, func, select, text

from app.access.keys import new_key
from app.access.tables import data_key
from app.access.vault import Vault
from app.complaints.search_sql import Place, find, forget, matches, tidy
from app.complaints.search_tokens import SearchTokens, fold
from app.complaints.tables import complaint, search_text
from app.customers.tables import customer
from app.db.engine import Database
from app.db.ids import complaint_number, new_id
from tests.sizes import size

START = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
VAULT = Vault(bytes(range(32)))
TOKENS = SearchTokens(VAULT.search_key)
CUSTOMERS = [UUID(int=n) for n in (1, 2, 3)]

WHERE = ["天河", "越秀", "番禺", "福田", "羅湖", "North Gate", "Room 5", "邯郸移动"]
WHAT = [
    "信号不好", "上不了网", "通话經常中斷", "多扣了月租", "流量超出套餐", "收不到验证码", "the signal keeps dropping",
    "I was charged twice", "nobody called me back", "my refund has not arrived", "Wi-Fi 断网三天没人处理", "客服态度很差",
]  # fmt: skip
WISH = ["要求退费", "要求赔偿50元", "要求尽快处理!", "please call back before 6 p.m.", "否则向工信部申诉", "ASAP", "谢谢"]


def texts(count: int) -> list[str]:
    """Complaints in Chinese, English and both, some of one character, some long."""
    dice = random.Random(7)
    made = ["好", "e", "的的的", "  a  b  "]
    while len(made) < count:
        parts = [dice.choice(WHERE), dice.choice(WHAT), dice.choice(WISH), str(dice.randint(1, 9999))]
        parts += dice.choices(WHAT + WISH, k=dice.choice([0, 0, 1, 3, 40]))
        dice.shuffle(parts)
        made.append(dice.choice(["", " ", ",", "\n"]).join(parts))
    return made


def substrings(pool: Sequence[str], count: int) -> list[str]:
    """Mostly 1-4 characters, some longer, and some that stand nowhere."""
    dice = random.Random(11)
    found: list[str] = []
    while len(found) < count:
        whole = fold(dice.choice(pool))
        length = dice.choice([1, 1, 2, 2, 2, 3, 3, 4, 4, 6, 12, 40])
        start = dice.randrange(max(1, len(whole) - length + 1))
        part = whole[start : start + length]
        if dice.random() < 0.1:
            part = "".join(dice.sample(part, len(part)))
        found.append(part)
    return found


def complaint_row(opened_at: datetime, **given: Any) -> dict[str, Any]:
    """A complaint of the first customer with nothing special about it."""
    row: dict[str, Any] = {
        "customer_id": CUSTOMERS[0],
        "workflow": "complaint",
        "workflow_version": 1,
        "state": "intake",
        "kind": "working",
    }
    row |= {name: [] for name in ("tags", "motives", "attempts")}
    row |= {name: {} for name in ("recorded", "counters", "armed")}
    row |= dict.fromkeys(
        ("open_work_orders", "blocking_work_orders", "open_promises", "broken_promises", "open_grants", "verification"), 0
    )
    row |= dict.fromkeys(("opened_at", "last_at", "state_since"), opened_at)
    row |= {"version": 1, "round": 1, "channel": "phone", "severity": 3, "sensitive": False, "final": False}
    row |= {"id": new_id(opened_at), "number": complaint_number(opened_at)} | given
    return row | {"text_id": new_id(opened_at)}


class World:
    """Complaints with their texts, in the database and in memory."""

    def __init__(self, database: Database) -> None:
        self.db = database
        self.rows: list[dict[str, Any]] = []
        self.texts: list[list[str]] = []

    async def add(self, row: dict[str, Any], *words: str) -> None:
        self.rows.append(row)
        self.texts.append(list(words))
        found = [
            TOKENS.row(
                one, text_id=new_id(START), complaint_id=row["id"], customer_id=row["customer_id"], opened_at=row["opened_at"]
            )
            for one in words
        ]
        async with self.db.write() as conn:
            await conn.execute(complaint.insert(), [row])
            await conn.execute(search_text.insert(), found)

    async def all_pages(
        self, query: str, *, limit: int, column: ColumnElement[Any] = complaint.c.opened_at, **given: Any
    ) -> list[int]:
        """Positions of all hits in the order in which pages give them; no complaint may come twice."""
        asked = TOKENS.query(query)
        assert asked is not None
        by_id = {row["id"]: n for n, row in enumerate(self.rows)}
        found: list[int] = []
        after: Place | None = None
        async with self.db.read() as conn:
            while True:
                page = [
                    by_id[i] for i in await find(conn, self.db.dialect, asked, limit=limit, column=column, after=after, **given)
                ]
                found += page
                if len(page) < limit:
                    return found
                last = self.rows[page[-1]]
                after = (last[column.name], last["id"])

    def scan(self, query: str) -> list[int]:
        """The same by reading everything: positions, newest first."""
        hits = [n for n, words in enumerate(self.texts) if any(fold(query) in fold(one) for one in words)]
        return sorted(hits, key=lambda n: (self.rows[n]["opened_at"], self.rows[n]["id"]), reverse=True)


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    database = Database(database_url, 2)
    keys = [new_key(VAULT, START)[1] for _ in CUSTOMERS]
    people = [
        {
            "id": c,
            "key_id": k["id"],
            "sealed": b"",
            "consents": {},
            "attributes": {},
            "provisional": False,
            "sensitive": False,
            "version": 1,
        }
        | {"created_at": START, "updated_at": START}
        for c, k in zip(CUSTOMERS, keys, strict=True)
    ]
    async with database.write() as conn:
        await conn.execute(data_key.insert(), keys)
        await conn.execute(customer.insert(), people)
    yield World(database)
    await database.close()


async def fill(world: World, count: int) -> list[str]:
    """`count` complaints over three years, several at one instant, with one or two texts each."""
    pool = texts(count)
    dice = random.Random(3)
    for n, one in enumerate(pool):
        opened = START - timedelta(days=dice.choice([0, 0, 1, 9, 40, 200, 1000]), minutes=dice.choice([0, n]))
        due = opened + timedelta(days=dice.randrange(5)) if n % 3 else None
        words = [one, *dice.choices(pool, k=dice.choice([0, 0, 1]))]
        await world.add(complaint_row(opened, due_at=due, severity=1 + n % 4, customer_id=dice.choice(CUSTOMERS)), *words)
    return pool


async def test_every_part_of_every_text_is_found_and_nothing_else(world: World):
    pool = await fill(world, 250)
    for query in substrings(pool, size("search_substrings")):
        assert await world.all_pages(query, limit=200, walk=40) == world.scan(query), query


@pytest.mark.parametrize("walk", [1, 3000])
async def test_what_is_found_does_not_depend_on_how_far_is_walked(world: World, walk: int):
    pool = await fill(world, 120)
    for query in substrings(pool, 40):
        assert await world.all_pages(query, limit=200, walk=walk) == world.scan(query), query


async def test_all_hits_at_once_are_the_same_as_page_by_page(world: World):
    pool = await fill(world, 120)
    for query in substrings(pool, 60):
        asked = TOKENS.query(query)
        assert asked is not None
        async with world.db.read() as conn:
            found = await conn.execute(select(complaint.c.id).where(matches(world.db.dialect, complaint.c.id, asked)))
            assert set(found.scalars()) == {world.rows[n]["id"] for n in world.scan(query)}, query


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("limit", [1, 7])
async def test_pages_hold_each_hit_once_in_the_order_of_opening(world: World, descending: bool, limit: int):
    await fill(world, 120)
    for query in ("信号", "the", "要求", "好", "no such words"):
        expected = world.scan(query)
        assert await world.all_pages(query, limit=limit, descending=descending, walk=10) == (
            expected if descending else expected[::-1]
        )


async def test_filters_hold_among_the_hits(world: World):
    await fill(world, 120)
    urgent = [complaint.c.severity == 2, complaint.c.customer_id == CUSTOMERS[1]]
    for query in ("信号", "e", "要求", "back"):
        expected = [n for n in world.scan(query) if world.rows[n]["severity"] == 2 and world.rows[n]["customer_id"] == CUSTOMERS[1]]
        assert await world.all_pages(query, limit=4, where=urgent, walk=5) == expected


async def test_hits_are_listed_by_deadline(world: World):
    await fill(world, 120)
    due = complaint.c.due_at
    expected = sorted((world.rows[n]["due_at"], world.rows[n]["id"], n) for n in world.scan("要求") if world.rows[n]["due_at"])
    found = await world.all_pages("要求", limit=6, column=due, descending=False, where=[due.is_not(None)], walk=9)
    assert found == [n for _, _, n in expected]
    assert found


async def test_traditional_full_width_and_capital_letters_are_found_by_either_form(world: World):
    await world.add(complaint_row(START), "電話經常中斷,ＡＢＣ 套餐")
    await world.add(complaint_row(START - timedelta(days=1)), "电话经常中断,abc 套餐")
    for query in ("电话经常", "電話經常", "abc", "ＡＢＣ", "AbC 套餐", "c 套"):
        assert await world.all_pages(query, limit=10) == [0, 1], query


async def test_a_complaint_with_many_texts_is_one_hit(world: World):
    await world.add(complaint_row(START), "信号不好", "信号还是不好", "信号")
    assert await world.all_pages("信号", limit=10) == [0]
    assert await world.all_pages("信号", limit=10, walk=1) == [0]


async def test_an_erased_customer_is_found_no_more_and_others_are(world: World):
    for n, owner in enumerate((CUSTOMERS[0], CUSTOMERS[1], CUSTOMERS[0])):
        await world.add(complaint_row(START - timedelta(days=n), customer_id=owner), "信号不好 signal", "信号")
    async with world.db.write() as conn:
        assert await forget(conn, CUSTOMERS[0]) == 4
        assert await forget(conn, CUSTOMERS[0]) == 0
    for walk in (1, 3000):
        assert await world.all_pages("信号不好", limit=10, walk=walk) == [1]
    async with world.db.read() as conn:
        rows = (await conn.execute(select(func.count()).select_from(search_text))).scalar_one()
        assert rows == 2
        if world.db.dialect == "sqlite":
            asked = TOKENS.query("信号不好")
            assert asked is not None
            words = " AND ".join(f'"{gram:x}"' for gram in asked.grams)
            left = await conn.execute(text("SELECT rowid FROM search_fts WHERE search_fts MATCH :words"), {"words": words})
            assert len(left.all()) == 1


async def test_hits_stay_right_when_the_index_is_tidied(world: World):
    await fill(world, 60)
    async with world.db.write() as conn:
        await tidy(conn, world.db.dialect)
    await world.add(complaint_row(START), "信号不好 after the tidying")
    for query in ("信号", "the", "好"):
        assert await world.all_pages(query, limit=5, walk=1) == world.scan(query)


async def test_hits_stay_right_when_the_database_is_vacuumed(world: World):
    await fill(world, 30)
    async with world.db.write() as conn:
        await forget(conn, CUSTOMERS[0])
    async with world.db.read() as conn:
        await conn.execute(text("VACUUM"))
    world.texts = [[] if row["customer_id"] == CUSTOMERS[0] else words for row, words in zip(world.rows, world.texts, strict=True)]
    for query in ("信号", "the", "好"):
        assert await world.all_pages(query, limit=5, walk=1) == world.scan(query)


async def test_what_was_stored_is_read_back_as_it_was(world: World):
    await world.add(complaint_row(START), "信号不好 signal")
    indexed = TOKENS.index("信号不好 signal")
    async with world.db.read() as conn:
        (row,) = (await conn.execute(select(search_text))).all()
    assert set(row.grams) > set(indexed.grams)
    assert len(row.grams) == len(indexed.grams) + 1
    assert row.trail == indexed.trail
