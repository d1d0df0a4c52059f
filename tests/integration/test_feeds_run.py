"""The engine on both databases, into a small table of the tests' own: once, again, killed, raced, dry."""

from __future__ import annotations

import asyncio
import csv
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.events import By
from app.audit.tables import event
from app.clock import FrozenClock
from app.errors import Conflict
from app.integrations.feeds import runs
from app.integrations.feeds.problems import FileRefused, ImportRunning, MapError, RowProblem, tell
from app.integrations.feeds.rejects import beside
from app.integrations.feeds.report import Report
from app.integrations.feeds.run import run_import
from app.integrations.feeds.tables import import_run
from app.integrations.feeds.targets import MappedRow, RowOutcome
from app.runtime import Runtime, build
from app.settings import Settings
from tests.conftest import START
from tests.feed_builders import THINGS, made, opened

BY = By(None, "importer", "admin")
thing = Table("thing", MetaData(), Column("ref", String, primary_key=True), Column("price", Integer), Column("writes", Integer))
MAP = "fields:\n  ref: id\n  price: {column: price, required: true}\n"


@dataclass
class Things:
    """Puts things into their table; an odd amount of fen is refused by the target itself."""

    name: str = THINGS.name
    fields = THINGS.fields
    key: tuple[str, ...] = THINGS.key
    attributes: bool = True
    die_at: str | None = None
    moved: list[str] = field(default_factory=list)

    async def prepare(self, rows: Sequence[MappedRow]) -> Sequence[MappedRow]:
        return rows

    async def apply(self, conn: AsyncConnection, prepared: Sequence[MappedRow]) -> Sequence[RowOutcome]:
        return [await self._one(conn, row) for row in prepared]

    async def _one(self, conn: AsyncConnection, row: MappedRow) -> RowOutcome:
        ref, price = row.values["ref"], row.values["price"]
        if ref in self.moved:
            self.moved.remove(str(ref))
            raise Conflict
        if price % 2:  # type: ignore[operator]
            return RowOutcome(row.number, "rejected", (RowProblem("price", None, "not_money", tell("not_money", value="x")),))
        old = (await conn.execute(select(thing).where(thing.c.ref == ref))).first()
        if old is None:
            await conn.execute(thing.insert().values(ref=ref, price=price, writes=1))
        elif old.price != price:
            await conn.execute(thing.update().where(thing.c.ref == ref).values(price=price, writes=old.writes + 1))
        if ref == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return RowOutcome(row.number, "created" if old is None else "updated" if old.price != price else "unchanged")


@pytest.fixture
async def runtime(database_url, tmp_path):
    runtime = build(Settings(database_url=database_url, var=tmp_path), FrozenClock(START))
    async with runtime.db.write() as conn:
        await conn.run_sync(thing.metadata.create_all)
    yield runtime
    await runtime.db.close()


def rows(count: int, *, start: int = 0) -> str:
    return "id,price\n" + "".join(f"T{n},{n * 2}.00\n" for n in range(start, start + count))


async def imported(runtime: Runtime, folder: Path, text: str, importer: Things | None = None, mapping: str = MAP, **more) -> Report:
    source = opened(folder, text)
    options = {"by": BY, "rejects": beside(folder / source.name), **more}
    return await run_import(runtime, importer or Things(), source, made(mapping), **options)


async def stored(runtime: Runtime) -> dict[str, tuple[int, int]]:
    async with runtime.db.read() as conn:
        return {row.ref: (row.price, row.writes) for row in await conn.execute(select(thing))}


def listed(report: Report) -> list[dict[str, str]]:
    assert report.rejects
    with report.rejects.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


async def test_rows_come_in_and_the_refused_ones_are_listed_with_number_field_and_reason(runtime, tmp_path):
    text = rows(450) + 'T1,9.00\nT2,4.00\n=cmd(),1.01\n"",5\nT900\nT901,1.234\n'
    report = await imported(runtime, tmp_path, text)
    assert report.run.counts == {"created": 450, "updated": 0, "unchanged": 1, "rejected": 5}
    assert (await stored(runtime))["T449"] == (89_800, 1)
    assert [(r["rejected_row"], r["rejected_field"], r["rejected_code"]) for r in listed(report)] == [
        ("452", "id", "key_contradicts"),
        ("454", "price", "not_money"),
        ("455", "id", "required_blank"),
        ("456", "", "row_too_short"),
        ("457", "price", "not_money"),
    ]
    assert listed(report)[1]["id"] == "'=cmd()"
    assert "“1.234” is no amount in yuan" in listed(report)[4]["rejected_reason"]
    assert report.rejects
    assert oct(report.rejects.stat().st_mode)[-3:] == "600"


async def test_the_same_file_twice_changes_nothing(runtime, tmp_path):
    await imported(runtime, tmp_path, rows(30))
    before = await stored(runtime)
    report = await imported(runtime, tmp_path, rows(30))
    assert report.run.counts == {"created": 0, "updated": 0, "unchanged": 30, "rejected": 0}
    assert await stored(runtime) == before
    assert report.rejects is None
    assert not beside(tmp_path / "things.csv").exists()


async def test_a_changed_row_is_updated_alone(runtime, tmp_path):
    await imported(runtime, tmp_path, rows(3))
    report = await imported(runtime, tmp_path, rows(3).replace("T1,2.00", "T1,4.00"))
    assert report.run.counts == {"created": 0, "updated": 1, "unchanged": 2, "rejected": 0}


async def test_a_dry_run_says_what_the_import_will_say_and_stores_nothing(runtime, tmp_path):
    await imported(runtime, tmp_path, rows(3))
    text = rows(250).replace("T1,2.00", "T1,4.00") + "T900,0.01\nT2,4.00\nT5,1.00\n"
    dry = await imported(runtime, tmp_path, text, dry_run=True)
    written = listed(dry)
    assert len(await stored(runtime)) == 3
    assert len(await runs.latest(runtime.db)) == 1
    real = await imported(runtime, tmp_path, text)
    assert dry.run.counts == real.run.counts == {"created": 247, "updated": 1, "unchanged": 3, "rejected": 2}
    assert written == listed(real)


async def test_a_finished_import_leaves_its_run_and_its_event(runtime, tmp_path):
    report = await imported(runtime, tmp_path, rows(3))
    (run,) = await runs.latest(runtime.db)
    assert run == report.run == await runs.one(runtime.db, report.run.id)
    assert (run.status, run.done, run.total, run.started_by, run.finished_at) == ("done", 3, 3, "importer", START)
    async with runtime.db.read() as conn:
        (row,) = (await conn.execute(select(event).where(event.c.type == "imported"))).all()
    assert {k: row.data[k] for k in ("kind", "file", "rows", "created", "run")} == {
        "kind": "things",
        "file": "things.csv",
        "rows": 3,
        "created": 3,
        "run": str(run.id),
    }


async def test_progress_is_told_from_nothing_to_all(runtime, tmp_path):
    told: list[tuple[int, int]] = []
    await imported(runtime, tmp_path, rows(450), on_progress=lambda p: told.append((p.done, p.total)))
    assert told[0] == (0, 450)
    assert told[-1] == (450, 450)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert all(later[0] - earlier[0] <= 200 for earlier, later in pairwise(told))


KILLED = """
import asyncio, sys
from pathlib import Path
from tests.integration.test_feeds_run import *
async def main():
    runtime = build(Settings(database_url=sys.argv[1], var=Path(sys.argv[2])), FrozenClock(START))
    text = (Path(sys.argv[2]) / "things.csv").read_text()
    await imported(runtime, Path(sys.argv[2]), text, Things(die_at=sys.argv[3]))
asyncio.run(main())
"""


async def test_a_killed_import_goes_on_where_it_stood(runtime, tmp_path):
    text = (
        rows(300)
        + "T990,0.01\n"
        + rows(300, start=300).split("\n", 1)[1]
        + "T991,0.01\nT5,77.00\n"
        + rows(100, start=700).split("\n", 1)[1]
    )
    (tmp_path / "things.csv").write_text(text)
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", KILLED, runtime.db.url, str(tmp_path), "T750"],
        cwd=Path(__file__).parents[2],
        check=False,
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    (run,) = await runs.latest(runtime.db)
    assert run.status == "running"
    assert 200 <= run.done < 703
    assert len(await stored(runtime)) == run.counts["created"]  # rows and progress are of one transaction

    report = await imported(runtime, tmp_path, text)
    assert report.resumed_at == run.done
    assert report.run.id == run.id
    assert report.run.counts == {"created": 700, "updated": 0, "unchanged": 0, "rejected": 3}
    assert {writes for _, writes in (await stored(runtime)).values()} == {1}
    assert [r["rejected_row"] for r in listed(report)] == ["302", "603", "604"]


async def test_a_lost_rejects_file_takes_the_run_from_the_start(runtime, tmp_path):
    text = "id,price\nT0,0.01\n" + rows(300, start=1).split("\n", 1)[1]
    source = opened(tmp_path, text)
    first = runs.fresh("things", file_sha256=source.sha256, map_sha256=made(MAP).sha256, total=301, by=BY, at=START)
    begun = await runs.begin(runtime.db, first)
    async with runtime.db.write() as conn:
        await runs.advance(conn, begun, begun.moved(200, 400, {**begun.counts, "created": 199, "rejected": 1}))
    report = await imported(runtime, tmp_path, text)
    assert report.resumed_at == 0
    assert sum(report.run.counts.values()) == 301
    assert [r["rejected_row"] for r in listed(report)] == ["2"]


async def test_another_run_of_the_file_leaves_the_list_of_an_unfinished_one_alone(runtime, tmp_path):
    text = "id,price\nT0,0.01\n" + rows(300, start=1).split("\n", 1)[1]

    class Failing(Things):
        async def prepare(self, rows: Sequence[MappedRow]) -> Sequence[MappedRow]:
            if rows[-1].number > 300:
                raise RuntimeError
            return rows

    with pytest.raises(RuntimeError):
        await imported(runtime, tmp_path, text, Failing())
    dry = await imported(runtime, tmp_path, text, dry_run=True, lang="zh")
    assert listed(dry)[0]["rejected_reason"].startswith("x不是")
    other = await imported(runtime, tmp_path, text, mapping=MAP + "  title: {constant: other map}\n")
    assert other.resumed_at == 0
    report = await imported(runtime, tmp_path, text)
    assert report.resumed_at >= 200
    (refused,) = listed(report)
    assert refused["rejected_row"] == "2"
    assert refused["rejected_reason"].startswith("x is no amount")
    assert {path.name for path in tmp_path.iterdir() if "things" in path.name} == {"things.csv", "things.csv.rejects.csv"}


async def test_of_two_processes_at_the_same_file_one_wins_and_nothing_is_done_twice(runtime, tmp_path):
    text = rows(900)
    (tmp_path / "other").mkdir()

    async def one(folder: Path) -> Report:
        return await imported(runtime, folder, text)

    done = await asyncio.gather(one(tmp_path), one(tmp_path / "other"), return_exceptions=True)
    reports = [d for d in done if isinstance(d, Report)]
    assert len(reports) == 1
    assert isinstance(next(d for d in done if not isinstance(d, Report)), ImportRunning)
    things = await stored(runtime)
    assert len(things) == 900
    assert {writes for _, writes in things.values()} == {1}


async def test_a_second_import_into_the_same_rejects_file_is_turned_away_at_once(runtime, tmp_path):
    refused: list[BaseException] = []

    class Nested(Things):
        async def prepare(self, rows: Sequence[MappedRow]) -> Sequence[MappedRow]:
            with pytest.raises(ImportRunning) as refusal:
                await imported(runtime, tmp_path, text)
            refused.append(refusal.value)
            return rows

    text = rows(5) + "T900,0.01\n"
    report = await imported(runtime, tmp_path, text, Nested())
    assert refused
    assert [r["rejected_row"] for r in listed(report)] == ["7"]


async def test_a_batch_that_was_overtaken_is_prepared_again(runtime, tmp_path):
    report = await imported(runtime, tmp_path, rows(50) + "T900,0.01\n", Things(moved=["T7", "T7"]))
    assert report.run.counts == {"created": 50, "updated": 0, "unchanged": 0, "rejected": 1}
    assert len(listed(report)) == 1
    with pytest.raises(Conflict):
        await imported(runtime, tmp_path, rows(60), Things(moved=["T7"] * 3))


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        ("id,price,when\nT1,1.00,2017-03-04\nT2,2.00,03/04/2017\n", MAP + "  made: when\n"),
        ('id,price\nT1,2.00\nT2,"4.00\n', MAP),
        ("id,cost\nT1,2.00\n", MAP),
    ],
    ids=["ambiguous date", "open quote", "missing column"],
)
async def test_what_refuses_the_file_does_so_before_the_first_row(runtime, tmp_path, text, mapping):
    with pytest.raises((FileRefused, MapError)):
        await imported(runtime, tmp_path, text, mapping=mapping)
    assert await stored(runtime) == {}
    assert await runs.latest(runtime.db) == []


async def test_the_rejects_can_be_mended_and_sent_again(runtime, tmp_path):
    report = await imported(runtime, tmp_path, "id,price\n=T1,1.01\n+T2,2.00\n")
    assert report.rejects
    mended = report.rejects.read_text("utf-8").replace("1.01", "1.00")
    again = await imported(runtime, tmp_path, mended)
    assert again.run.counts["created"] == 1
    assert set(await stored(runtime)) == {"=T1", "+T2"}


async def test_a_file_that_grows_while_it_is_read_stops_the_import(runtime, tmp_path):
    source = opened(tmp_path, rows(500))
    grown = False

    def grow(_progress: object) -> None:
        nonlocal grown
        if not grown:
            with (tmp_path / "things.csv").open("a") as file:
                file.write("T900,2.00\n")
        grown = True

    with pytest.raises(ImportRunning) as refusal:
        await run_import(runtime, Things(), source, made(MAP), by=BY, rejects=tmp_path / "r.csv", on_progress=grow)
    assert "changed while it was read" in refusal.value.full("en")


async def test_only_one_unfinished_run_of_a_file_may_stand(runtime, tmp_path):
    run = runs.fresh("things", file_sha256="a", map_sha256="b", total=1, by=BY, at=START)
    assert (await runs.begin(runtime.db, run)).id == run.id
    other = runs.fresh("things", file_sha256="a", map_sha256="b", total=1, by=BY, at=START)
    assert (await runs.begin(runtime.db, other)).id == run.id
    async with runtime.db.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(import_run))).scalar_one() == 1
