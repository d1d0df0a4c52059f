"""People and teams brought in from a file: row by row, repeatable, every refused row with its field and reason."""

from __future__ import annotations

import asyncio
import csv
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.plain import clean_text
from app.audit.events import By, Event
from app.audit.record import record
from app.db.background import Gentle
from app.desk.desk import Desk
from app.desk.staff import house
from app.errors import Invalid, Reason
from app.integrations.feeds.cells import neutral
from app.integrations.staff.reading import StaffRow, What, rows_of
from app.people.checks import House, person_reasons, team_reasons
from app.people.staff import PersonData, one_team, store_person, store_team
from app.texts import Lang

TOGETHER = 25
"""Rows in one transaction: on SQLite every other process waits for its end."""


class _Undo(Exception):
    """Ends the transaction of a dry run."""


@dataclass
class StaffReport:
    """What became of the rows; `refused`: each with its row and all its reasons."""

    rows: int
    dry_run: bool
    unused: list[str]
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("created", "updated", "unchanged", "rejected"), 0))
    refused: list[tuple[StaffRow, tuple[Reason, ...]]] = field(default_factory=list)

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """As the command line shows it; the first twenty problems."""
        problems = [
            {"row": row.number, "name": row.name, "field": reason.where, "code": reason.code, "message": reason.message(lang)}
            for row, reasons in self.refused
            for reason in reasons
        ]
        return {
            "rows": self.rows,
            "dry_run": self.dry_run,
            "counts": self.counts,
            "unused_columns": self.unused,
            "problems": problems[:20],
        }


async def import_staff(desk: Desk, by: By, path: Path, what: What, *, dry_run: bool = False) -> StaffReport:
    """Bring in the people or teams of `path`; the same file again changes nothing.

    A dry run does all but store. People may name each other as deputies wherever they stand in the file.
    """
    rows, _, unused = await asyncio.to_thread(rows_of, path, what)
    report = StaffReport(len(rows), dry_run, unused)
    async with desk.runtime.db.read() as conn:
        known = await house(desk, conn)
    here = {kind: {row.name for row in rows if row.what == kind} for kind in ("people", "teams")}
    known = House(known.policy, {*known.teams, *here["teams"]}, {*known.users, *here["people"]})
    seen: set[tuple[str, str]] = set()
    gentle = Gentle(desk.runtime.db)
    for start in range(0, len(rows), TOGETHER):
        with suppress(_Undo):
            async with gentle.write() as conn:
                for row in rows[start : start + TOGETHER]:
                    await _take(conn, desk, by, known, row, seen, report)
                _keep(not dry_run)
    if not dry_run:
        data = {"kind": "people", "file": path.name, "rows": len(rows), **report.counts}
        async with desk.runtime.db.write() as conn:
            await record(conn, Event("imported", desk.runtime.clock.now(), by, data=data))
    return report


def _keep(really: bool) -> None:
    if not really:
        raise _Undo


async def _take(
    conn: AsyncConnection, desk: Desk, by: By, known: House, row: StaffRow, seen: set[tuple[str, str]], report: StaffReport
) -> None:
    reasons = [*row.problems]
    at = desk.runtime.clock.now()
    if (row.what, row.name) in seen:
        reasons.append(Reason("staff_twice", "name", {"name": row.name}))
    seen.add((row.what, row.name))
    try:
        clean_text(row.name, 100 if row.what == "people" else 80, where="name", min_length=1)
        for key in ("display", "team", "unit"):
            if isinstance(row.values.get(key), str):
                clean_text(row.values[key], 80, where=key, min_length=1)
    except Invalid as error:
        reasons += error.reasons
    if row.what == "teams":
        reasons += team_reasons(row.values, new=not reasons and await one_team(conn, row.name) is None)
    else:
        reasons += person_reasons(known, row.name, row.values)
    if reasons:
        report.counts["rejected"] += 1
        report.refused.append((row, tuple(reasons)))
        return
    if row.what == "teams":
        done, _ = await store_team(conn, by, at, row.name, row.values)
    else:
        done, _person = await store_person(conn, by, at, PersonData(row.name, row.values))
    report.counts[done] += 1


def write_rejects(report: StaffReport, path: Path, lang: Lang) -> Path | None:
    """The refused rows as CSV: row, name, field, code, reason; None, and no file left, where there are none."""
    if not report.refused:
        path.unlink(missing_ok=True)
        return None
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(["row", "name", "field", "code", "reason"])
        for row, reasons in report.refused:
            for one in reasons:
                out.writerow([neutral(str(c)) for c in (row.number, row.name, one.where or "", one.code, one.message(lang))])
    return path
