"""A rule as SQL finds exactly the rows of which the rule is true: on both databases, with unknown facts as NULL."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import find, given
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    func,
    insert,
    literal,
    select,
)  # fmt: skip

from app.db.engine import Database
from app.db.types import UtcDateTime
from app.rules.expression import Environment
from app.rules.problems import NotSearchable
from app.rules.sql import Members, to_sql
from app.texts import Words
from tests.rule_texts import KINDS, NOW, TEXTS, Term, declarations, rules

ENV = Environment(declarations())
TYPES: dict[str, Any] = {
    "int": SmallInteger, "money": BigInteger, "number": Double, "string": String, "strings": String, "bool": Boolean,
    "timestamp": UtcDateTime,
}  # fmt: skip
TABLE = Table(
    "rules_sql_rows", MetaData(), Column("id", Integer, primary_key=True),
    *(Column(name.replace(".", "_"), TYPES[kind]) for name, kind in KINDS.items()),
)  # fmt: skip


def columns() -> dict[str, Any]:
    found: dict[str, Any] = {name: TABLE.c[name.replace(".", "_")] for name in KINDS}
    tags = found["customer.tags"]  # kept as ",a,b,"
    found["customer.tags"] = Members(
        known=tags.is_not(None),
        contains=lambda value: func.replace(tags, literal(",") + value + literal(","), "") != tags,
        size=func.length(tags) - func.length(func.replace(tags, ",", "")) - 1,
    )
    return found | {"now": NOW}


def random_rows() -> list[dict[str, Any]]:
    """Four hundred complaints; a quarter of all facts are unknown. Always the same ones."""
    dice = random.Random(20260310)
    draw: dict[str, Any] = {
        "int": lambda: dice.randint(-4, 9),
        "money": lambda: dice.choice((0, 100, 1990, 20_000, 20_001)),
        "number": lambda: dice.choice((-1.5, 0.0, 0.25, 0.5, 1.0, 2.0, 3.0)),
        "string": lambda: dice.choice(TEXTS),
        "strings": lambda: dice.sample(("a", "A", "中", "%", "a_"), dice.randint(0, 3)),
        "bool": lambda: dice.random() < 0.5,
        "timestamp": lambda: NOW + timedelta(hours=dice.choice((-100, -72, -48, -24, -1, 0, 1, 24))),
    }
    return [{name: draw[kind]() for name, kind in KINDS.items() if dice.random() > 0.25} for _ in range(400)]


ROWS = random_rows()


class Rows:
    """The rows in a database, asked from tests that are not async so that hypothesis can shrink what fails."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self._url = url
        self._runner.run(self._fill())

    def matching(self, rule: str) -> list[int]:
        return self._runner.run(self._matching(rule))

    def close(self) -> None:
        self._runner.run(self._database.close())
        self._runner.close()

    async def _fill(self) -> None:
        self._database = Database(self._url)
        async with self._database.write() as connection:
            await connection.run_sync(TABLE.metadata.create_all)
            await connection.execute(insert(TABLE), [self._stored(number, row) for number, row in enumerate(ROWS)])

    def _stored(self, number: int, row: dict[str, Any]) -> dict[str, Any]:
        stored = {name.replace(".", "_"): row.get(name) for name in KINDS}
        tags = row.get("customer.tags")
        return stored | {"id": number, "customer_tags": None if tags is None else "," + "".join(f"{tag}," for tag in tags)}

    async def _matching(self, rule: str) -> list[int]:
        query = select(TABLE.c.id).where(to_sql(ENV.compile(rule), columns())).order_by(TABLE.c.id)
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())


@pytest.fixture
def rows(database_url: str) -> Iterator[Rows]:
    with _rows(database_url) as filled:
        yield filled


@contextmanager
def _rows(url: str) -> Iterator[Rows]:
    filled = Rows(url)
    try:
        yield filled
    finally:
        filled.close()


def true_of(rule: str) -> list[int]:
    expression = ENV.compile(rule)
    return [number for number, row in enumerate(ROWS) if expression.evaluate({"now": NOW, **row}).value is True]


def test_a_rule_finds_the_rows_of_which_it_is_true(rows: Rows) -> None:
    @given(rule=rules())
    def holds(rule: Term) -> None:
        text, meaning = rule
        found = rows.matching(text)
        assert found == true_of(text)
        assert found == [number for number, row in enumerate(ROWS) if meaning({"now": NOW, **row}) is True]

    holds()


@pytest.mark.parametrize(
    "rule",
    [
        "customer.segment in []",
        "!(customer.segment in [])",
        "!(customer.segment == 'a') || known_complaint.vip",
        "customer.segment.startsWith('a') != customer.name.endsWith('')",
        "(complaint.vip ? complaint.severity : 3) > 2",
        "customer.segment < 'a' && customer.name > 'B'",
        "complaint.severity * 1000000 > 1 && complaint.severity % 3 == 1",
        "now.getHours('Asia/Shanghai') == 10 && complaint.vip",
        "true", "false", "complaint.vip == (complaint.severity > 3)",
    ],
)  # fmt: skip
def test_what_is_easily_got_wrong(rows: Rows, rule: str) -> None:
    assert rows.matching(rule) == true_of(rule)


def test_the_rows_tell_rules_apart() -> None:
    """Rows of which nothing is ever true, or everything, would prove little."""
    for least in (1, 100, 300):
        find(rules(2), lambda rule, least=least: least <= len(true_of(rule[0])) < 400)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("customer.tags.exists(t, t == 'a')", "in list"),
        ("customer.name.matches('a.*')", "matches"),
        ("customer.tags[0] == 'a'", "Of a list"),
        ("customer.tags == ['a']", "Of a list"),
        ("complaint.closed_at - complaint.opened_at > days(3)", "two times"),
        ("complaint.opened_at.getHours() == 3", "getHours"),
        ("complaint.severity / size(customer.name) == 1", "divisor"),
        ("complaint.severity % 0 == 1", "divisor"),
        ("customer.name in [customer.segment]", "written out"),
        ("customer.name.contains(customer.segment)", "contains"),
        ("customer.name == 'a\\x00'", "cannot be used"),
        ("string(complaint.severity) == '3'", "string"),
        ("int(usage.share) == 3", "int"),
        ("{'a': complaint.vip}['a']", "[…]"),
        ("complaint.vip < complaint.calm", "<"),
    ],
)
def test_what_sql_cannot_say_is_refused_by_name(rule: str, words: str) -> None:
    with pytest.raises(NotSearchable) as refused:
        to_sql(ENV.compile(rule), columns())
    assert words in refused.value.words.en
    assert refused.value.words.zh != refused.value.words.en


def test_a_fact_without_a_column_is_refused_with_its_reason() -> None:
    why = Words("它逐单计算", "it is worked out for each complaint")
    with pytest.raises(NotSearchable) as refused:
        to_sql(ENV.compile("complaint.vip && customer.name == 'a'"), columns() | {"customer.name": why})
    assert refused.value.words == Words(
        "“customer.name”不能用于按条件查找：它逐单计算。",
        "“customer.name” cannot be used to search: it is worked out for each complaint.",
    )
    with pytest.raises(NotSearchable):
        to_sql(ENV.compile("complaint.vip"), {})
