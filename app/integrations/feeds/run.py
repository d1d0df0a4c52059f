"""The import itself: rows in batches, each stored together with how far the run has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Generic

from sqlalchemy.exc import DBAPIError

from app.audit.events import By
from app.db.engine import disconnected, persistently, violated
from app.errors import Busy, Conflict, StaleVersion
from app.integrations.feeds import runs
from app.integrations.feeds.binding import Bound, bind
from app.integrations.feeds.mapping import Map
from app.integrations.feeds.problems import ImportRunning, RowProblem
from app.integrations.feeds.reader import Row, Source
from app.integrations.feeds.rejects import Rejects, beside
from app.integrations.feeds.report import Progress, Report
from app.integrations.feeds.runs import Run
from app.integrations.feeds.survey import Repeats, survey
from app.integrations.feeds.targets import Importer, MappedRow, P, Result, RowOutcome
from app.runtime import Runtime
from app.texts import Lang

MOST_ROWS = 200
_LONGEST = 0.05  # seconds a transaction may hold SQLite's lock, for the process that serves waits meanwhile
_TRIES = 3
_SHOWN = 20


class _Undo(Exception):
    """Ends the transaction of a dry run."""


@dataclass(slots=True)
class _Import(Generic[P]):
    """One run under way."""

    runtime: Runtime
    importer: Importer[P]
    bound: Bound
    rejects: Rejects
    run: Run
    dry_run: bool
    repeats: Repeats
    problems: list[tuple[int, RowProblem]]
    size: int = MOST_ROWS

    async def batch(self, rows: Sequence[Row]) -> None:
        """Take `rows` in: map, prepare, store together with the progress, list what is refused."""
        mapped, settled = await asyncio.to_thread(self._map, rows)
        for attempt in range(_TRIES):
            prepared = await self.importer.prepare(mapped) if mapped else None
            try:
                await self._store(rows, settled, prepared)
                return
            except ImportRunning:
                raise
            except (Conflict, StaleVersion):
                if attempt == _TRIES - 1:
                    raise
            except DBAPIError as error:
                if disconnected(error):
                    raise Busy from error  # the next attempt finds in the database whether this batch was stored
                if violated(error) is None or attempt == _TRIES - 1:
                    raise

    def _map(self, rows: Sequence[Row]) -> tuple[list[MappedRow], list[RowOutcome]]:
        """The rows for the target, and the outcomes of those that do not get that far."""
        mapped: list[MappedRow] = []
        settled: list[RowOutcome] = []
        for row in rows:
            found = self.bound.row(row)
            if isinstance(found, tuple):
                settled.append(RowOutcome(row.number, "rejected", found))
                continue
            verdict = self.repeats.judge(found)
            if isinstance(verdict, RowProblem):
                settled.append(RowOutcome(row.number, "rejected", (verdict,)))
            elif verdict:
                settled.append(RowOutcome(row.number, "unchanged"))
            else:
                mapped.append(found)
        return mapped, settled

    def skip(self, rows: Sequence[Row]) -> None:
        """Pass over rows that an earlier part of the run has settled, minding their keys."""
        self._map(rows)

    async def _store(self, rows: Sequence[Row], settled: Sequence[RowOutcome], prepared: P | None) -> None:
        database, kept = self.runtime.db, self.rejects.size
        held = 0.0
        outcomes: dict[int, RowOutcome] = {}
        after = self.run

        async def store() -> None:
            nonlocal held, outcomes, after
            self.rejects.back_to(kept)
            async with database.write() as conn:
                begun = time.perf_counter()
                applied = await self.importer.apply(conn, prepared) if prepared is not None else ()
                outcomes = {o.number: o for o in map(self._named, (*settled, *applied))}
                # Before the commit: what the database says is listed must be in the file.
                after = self._listed(rows, outcomes)
                if not self.dry_run:
                    await runs.advance(conn, self.run, after)
                held = time.perf_counter() - begun
                if self.dry_run:
                    raise _Undo

        with suppress(_Undo):
            await persistently(store)
        self.run = after
        for row in rows:
            self._show(outcomes[row.number])
        if database.dialect == "sqlite":
            self.size = min(MOST_ROWS, max(1, int(self.size * min(2.0, _LONGEST / max(held, 1e-4)))))
            await asyncio.sleep(min(held, 1.0))  # as long as others had to wait, they now go first

    def _named(self, outcome: RowOutcome) -> RowOutcome:
        """With the columns of the file, which the target does not know."""
        if not outcome.problems:
            return outcome
        columns = {how.field.name: how.column for how in self.bound.map.fields}
        named = tuple(replace(p, column=p.column or columns.get(p.field)) for p in outcome.problems)
        return replace(outcome, problems=named)

    def _listed(self, rows: Sequence[Row], outcomes: Mapping[int, RowOutcome]) -> Run:
        """Write the refused rows to the rejects file; the run as it will be after this batch."""
        counts: dict[Result, int] = dict(self.run.counts)
        before = self.rejects.size
        for row in rows:
            outcome = outcomes[row.number]
            counts[outcome.result] += 1
            if outcome.result == "rejected":
                self.rejects.add(row.number, row.cells, outcome.problems)
        if self.rejects.size > before:
            self.rejects.flush()
        return self.run.moved(self.run.done + len(rows), self.rejects.size, counts)

    def _show(self, outcome: RowOutcome) -> None:
        for problem in outcome.problems:
            if len(self.problems) < _SHOWN:
                self.problems.append((outcome.number, problem))


async def run_import(
    runtime: Runtime,
    importer: Importer[P],
    source: Source,
    made: Map,
    *,
    by: By,
    lang: Lang = "en",
    rejects: Path,
    dry_run: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Import all of `source` under `made`; refused rows go to the file `rejects`.

    A run that was killed goes on where it stood. The same file again changes nothing. A dry run does all but store.
    Raises MapError and FileRefused before the first row is stored; ImportRunning when another process is at it.
    """
    bound = bind(made, source.header)
    found = await asyncio.to_thread(survey, source, bound, importer)
    run = runs.fresh(
        importer.name,
        file_sha256=source.sha256,
        map_sha256=made.sha256,
        total=found.total,
        by=by,
        at=runtime.clock.now(),
    )
    if not dry_run:
        run = await runs.begin(runtime.db, run)
        if not Rejects.there(rejects, run):
            run = await runs.restart(runtime.db, run)
    resumed = run.done
    tell = on_progress or (lambda _: None)
    with Rejects(rejects, run, source.header, lang, resumable=not dry_run) as listed:
        repeats = Repeats(found.repeated, importer.key)
        work = _Import(runtime, importer, bound, listed, run, dry_run, repeats, [])
        rows = source.rows()
        await _skip(work, rows, resumed)
        tell(Progress(work.run.done, found.total, work.run.counts))
        while batch := await asyncio.to_thread(_next, rows, work.size):
            if source.changed():
                raise ImportRunning(code="import_file_changed", file=source.name)
            await work.batch(batch)
            tell(Progress(work.run.done, found.total, work.run.counts))
        if not dry_run:
            async with runtime.db.write() as conn:
                work.run = await runs.finish(conn, work.run, by, runtime.clock.now(), source.name)
        refused = rejects if listed.size else None
    return Report(work.run, source.name, source.about, dry_run, resumed, refused, bound.unused, tuple(work.problems))


def _next(rows: Iterator[Row], size: int) -> list[Row]:
    return list(islice(rows, size))


async def _skip(work: _Import[P], rows: Iterator[Row], count: int) -> None:
    while count > 0 and (some := await asyncio.to_thread(_next, rows, min(count, MOST_ROWS))):
        await asyncio.to_thread(work.skip, some)
        count -= len(some)


__all__ = ["Progress", "Report", "beside", "run_import"]
