"""Refused steps are recorded, but not so that a stuck key fills the log: one event a minute for the same refusal."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.audit.events import By, Event
from app.db.engine import Database
from app.db.statement import by_table
from app.workflow.machine import Command, Refused

WINDOW = timedelta(seconds=60)
_REMEMBERED = 10_000
_Key = tuple[object, ...]


class Refusals:
    """Counts equal refusals (actor, complaint, transition, reasons) of this process within WINDOW."""

    def __init__(self) -> None:
        self._seen: OrderedDict[_Key, tuple[datetime, int]] = OrderedDict()

    def count(self, key: _Key, at: datetime) -> int | None:
        """None: this one is only counted. Else it is to be written, standing for so many refusals."""
        first, suppressed = self._seen.get(key, (None, 0))
        if first is not None and abs(at - first) < WINDOW:
            self._seen[key] = (first, suppressed + 1)
            return None
        self._seen[key] = (at, 0)
        self._seen.move_to_end(key)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return suppressed + 1

    async def record(
        self, database: Database, by: By, at: datetime, complaint: dict[str, Any] | Any, command: Command, refused: Refused
    ) -> None:
        """Write the refusal as an event without seq, in its own insert.

        Only names that the workflow defines are recorded: what a caller made up may hold anything, a phone number too.
        """
        codes = tuple(r.code for r in refused.reasons)
        transition = None if refused.code == "transition_unknown" else command.transition
        key = (by.id, complaint["id"], transition, codes)
        count = self.count(key, at)
        if count is None:
            return
        event = Event(
            "refused",
            at,
            by,
            complaint["id"],
            complaint["customer_id"],
            transition=transition,
            from_state=complaint["state"],
            data={"code": refused.code, "reasons": _reasons(refused), "count": count},
            guards=[
                {"name": g.name, "expression": g.expression, "value": g.value, "missing": list(g.missing)} for g in refused.guards
            ],
            workflow=complaint["workflow"],
            workflow_version=complaint["workflow_version"],
        )
        try:
            async with database.write() as conn:
                for table, rows in by_table(event.rows(complaint["version"])).items():
                    await conn.execute(table.insert(), [dict(r) for r in rows])
        except BaseException:
            self._seen.pop(key, None)  # it is not on record: the next one shall be
            raise


def _reasons(refused: Refused) -> Sequence[dict[str, Any]]:
    return [{"code": r.code, "where": "data" if r.code == "field_unknown" else r.where} for r in refused.reasons]
