"""`python -m bench.queue`: leases a second from a queue of 5,000 by 50 takers at once, on each database.

Every lease is what `GET /v1/queue/next` does at the desk: who asks is read, the next complaint is chosen, leased and told of in
one statement, and read whole. Each complaint then leaves the queue, as when its step is taken. Each must be given exactly once.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import orjson
from sqlalchemy import bindparam, select, update

from app.access.actor import Actor
from app.access.answers import Answer
from app.access.users import ensure_user
from app.boot import build_desk, publish_all
from app.clock import SystemClock
from app.complaints.tables import complaint
from app.db.engine import as_dict
from app.db.ids import new_id
from app.db.migrate import upgrade
from app.desk.desk import BY_SYSTEM, Desk, by_of
from app.desk.intake import Opening, open_complaint
from app.desk.outcome import Reply
from app.desk.queue import take_next
from app.desk.staff import note_presence
from app.desk.who import Caller
from app.people.staff import PersonData, store_person, store_team
from app.settings import Settings
from bench import machine, report
from bench.databases import each

ROOT = Path(__file__).parents[1]
TEAMS = 5


async def prepare(desk: Desk, waiting: int, takers: int) -> list[Actor]:
    """Teams with their people, and complaints of all teams that wait, each due at another time."""
    at, db = desk.runtime.clock.now(), desk.runtime.db
    people = []
    async with db.write() as conn:
        for n in range(TEAMS):
            values = {"title": {"zh": f"t{n}", "en": f"t{n}"}, "phase": "opportunity", "capacity": 500}
            await store_team(conn, BY_SYSTEM, at, f"t{n}", values)
    for n in range(takers):
        user = await ensure_user(db, f"taker-{n:03d}", ["handler"], at=at, team=f"t{n % TEAMS}")
        async with db.write() as conn:
            await store_person(conn, BY_SYSTEM, at, PersonData(user.name))
            await note_presence(conn, user.actor(), BY_SYSTEM, at, "busy")
        people.append(user.actor())
    opening = Opening(Caller(phone="13961235611"), "phone", "多收了 30 元")
    made, _ = await open_complaint(desk, people[0], by_of(people[0]), opening, Reply(_id))
    first = UUID(orjson.loads(made.body or b""))
    async with db.write() as conn:
        template = as_dict((await conn.execute(select(complaint).where(complaint.c.id == first))).one())
        await conn.execute(update(complaint).where(complaint.c.id == first).values(kind="waiting_customer"))
        rows = [
            {
                **template,
                "id": new_id(at),
                "number": f"{n:012d}",
                "owner_id": None,
                "team": f"t{n % TEAMS}",
                "severity": n % 3 + 1,
                "next_deadline": at + timedelta(seconds=20 * n + 3_600),
            }
            for n in range(waiting)
        ]
        for start in range(0, waiting, 500):
            await conn.execute(complaint.insert(), rows[start : start + 500])
    if db.dialect == "postgresql":
        async with db.read() as conn:
            await conn.exec_driver_sql("ANALYZE")
    return people


def _id(result: object) -> Answer:
    return Answer(200, {}, orjson.dumps(str(result.complaint["id"])))  # type: ignore[attr-defined]


async def measure(url: str, waiting: int, takers: int, pool: int) -> str:
    """A row of the table; fails where one was given twice or not at all."""
    with TemporaryDirectory() as folder:
        settings = Settings(database_url=url, var=Path(folder), workflows=ROOT / "workflows", pool_size=pool)
        desk = await build_desk(settings, SystemClock())
        try:
            await publish_all(desk)
            people = await prepare(desk, waiting, takers)
            given: list[UUID] = []
            times: list[float] = []

            leave = update(complaint).where(complaint.c.id == bindparam("given")).values(kind="waiting_customer")

            async def gone(complaint_id: UUID) -> None:
                """One statement on PostgreSQL, so that little else than the leases is measured."""
                if desk.runtime.db.direct is not None:
                    sql = "UPDATE complaint SET kind = 'waiting_customer' WHERE id = $1"
                    await desk.runtime.db.direct.fetch(sql, [complaint_id], again=False)
                    return
                async with desk.runtime.db.write() as conn:
                    await conn.execute(leave, {"given": complaint_id})

            async def take(actor: Actor) -> None:
                by = by_of(actor)
                while True:
                    began = time.perf_counter()
                    taken, _ = await take_next(desk, actor, by)
                    if taken is None:
                        return
                    times.append(time.perf_counter() - began)
                    given.append(taken.complaint["id"])
                    await gone(taken.complaint["id"])

            began = time.perf_counter()
            await asyncio.gather(*(take(actor) for actor in people))
            took = time.perf_counter() - began
        finally:
            await desk.runtime.db.close()
    assert len(given) == len(set(given)) == waiting, (len(given), len(set(given)))
    parts = statistics.quantiles(times, n=100)
    return (
        f"| {desk.runtime.db.dialect} | {waiting:,} | {takers} | {waiting / took:.0f} |"
        f" {parts[49] * 1000:.1f} ms | {parts[98] * 1000:.1f} ms |"
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], action="append")
    parser.add_argument("--waiting", type=int, default=5_000)
    parser.add_argument("--takers", type=int, default=50)
    parser.add_argument("--pool", type=int, default=16)
    parser.add_argument("--print-only", action="store_true", help="leave docs/ as it is")
    asked = parser.parse_args(arguments)
    versions, lines = [], ["| database | complaints | takers at once | leases/s | p50 | p99 |", "|---|---:|---:|---:|---:|---:|"]
    for databases in each(asked.database):
        versions.append(databases.version)
        url = databases.create("queue")
        upgrade(url)
        lines.append(asyncio.run(measure(url, asked.waiting, asked.takers, asked.pool)))
    text = "\n".join([*machine.describe(versions), "", *lines])
    print(text)
    if not asked.print_only:
        report.into_docs("queue", text)


if __name__ == "__main__":
    main()
