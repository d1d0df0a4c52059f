"""Refused steps are recorded, but not so that a stuck key fills the log: the first at once, its repeats as one, counted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.audit.events import By, Event
from app.db.engine import Database
from app.db.statement import by_table
from app.workflow.machine import Command, Refused

WINDOW = timedelta(seconds=60)
_REMEMBERED = 10_000
NO_STEP = frozenset({"transition_unknown", "grant_refused"})
"""Refusals of what is no step of the workflow: no transition is named."""
_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A refusal on record since `first`, the latest repeat that is not, how many they are, the complaint's version."""

    first: datetime
    latest: Event | None = None
    repeats: int = 0
    version: int = 0


class Refusals:
    """Counts equal refusals (actor, complaint, transition, reasons) of this process within WINDOW."""

    def __init__(self) -> None:
        self._seen: OrderedDict[_Key, _Seen] = OrderedDict()

    async def record(
        self, database: Database, by: By, at: datetime, complaint: Mapping[str, Any], command: Command, refused: Refused
    ) -> None:
        """Write the refusal as an event without seq, in its own insert; one that was written within WINDOW is only counted.

        Only names that the workflow defines are recorded: what a caller made up may hold anything, a phone number too.
        """
        event = _event(by, at, complaint, command, refused)
        key = (by.id, complaint["id"], event.transition, tuple(r.code for r in refused.reasons))
        seen = self._seen.get(key)
        if seen is not None and abs(at - seen.first) < WINDOW:
            self._seen[key] = replace(seen, latest=event, repeats=seen.repeats + 1, version=complaint["version"])
            return
        self._seen[key] = _Seen(at)
        self._seen.move_to_end(key)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        try:
            await _write(database, event, 1 + (seen.repeats if seen is not None else 0), complaint["version"])
        except BaseException:
            self._seen.pop(key, None)  # it is not on record: the next one shall be
            raise

    async def settle(self, database: Database, now: datetime, *, everything: bool = False) -> int:
        """Record the repeats whose WINDOW is over (or `everything`, at the end), an event for all that are equal; how many."""
        over = [key for key, seen in self._seen.items() if everything or abs(now - seen.first) >= WINDOW]
        settled = 0
        for key in over:
            seen = self._seen.pop(key, None)
            if seen is None or seen.latest is None:
                continue
            try:
                await _write(database, replace(seen.latest, at=max(now, seen.latest.at)), seen.repeats, seen.version)
            except BaseException:
                self._seen.setdefault(key, seen)
                raise
            settled += 1
        return settled


def _event(by: By, at: datetime, complaint: Mapping[str, Any], command: Command, refused: Refused) -> Event:
    return Event(
        "refused",
        at,
        by,
        complaint["id"],
        complaint["customer_id"],
        occurred_at=at,
        transition=None if refused.code in NO_STEP else command.transition,
        from_state=complaint["state"],
        data={"code": refused.code, "reasons": _reasons(refused)},
        guards=[{"name": g.name, "expression": g.expression, "value": g.value, "missing": list(g.missing)} for g in refused.guards],
        workflow=complaint["workflow"],
        workflow_version=complaint["workflow_version"],
    )


async def _write(database: Database, event: Event, count: int, version: int) -> None:
    counted = replace(event, data={**event.data, "count": count})
    async with database.write() as conn:
        for table, rows in by_table(counted.rows(version)).items():
            await conn.execute(table.insert(), [dict(row) for row in rows])


def _reasons(refused: Refused) -> Sequence[dict[str, Any]]:
    return [{"code": r.code, "where": "data" if r.code == "field_unknown" else r.where} for r in refused.reasons]
