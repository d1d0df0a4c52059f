"""The books of a database: whether everything in it belongs together, row by row. Read as plain rows, judged in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Table, select

from app.access.tables import stored_answer
from app.access.tables import text as text_table
from app.audit.tables import event, event_pending, leaf
from app.commitments.tables import promise, work_order
from app.complaints.tables import complaint, search_text
from app.contacts.tables import contact
from app.db.engine import Database, as_dict
from app.db.json import dumps
from app.outbox.tables import outbox
from app.timers.tables import timer
from tests.proofs.flow_yaml import delivered

Row = Mapping[str, Any]
TABLES = (
    complaint,
    contact,
    event,
    event_pending,
    leaf,
    outbox,
    promise,
    search_text,
    stored_answer,
    text_table,
    timer,
    work_order,
)
OPEN = {"received", "assigned", "in_progress", "returned"}


class Books:
    """All rows of one database, read at once; `check` raises AssertionError at the first that does not fit."""

    def __init__(self, rows: Mapping[str, Sequence[Row]]) -> None:
        self.rows = rows
        self.steps: dict[Any, list[Row]] = defaultdict(list)
        for row in sorted((r for r in rows["event"] if r["seq"] is not None), key=lambda r: r["seq"]):
            self.steps[row["complaint_id"]].append(row)
        self.grouped: dict[str, dict[Any, list[Row]]] = {}
        for name in ("event", "outbox", "promise", "timer", "work_order"):
            self.grouped[name] = defaultdict(list)
            for row in rows[name]:
                self.grouped[name][row["complaint_id"]].append(row)
        self.senders = {s.name: [p["message"] for e, p in s.effects if e == "send"] for s in delivered().steps}

    def check(self) -> None:
        """Everything that must hold when nothing is under way."""
        for row in self.rows["complaint"]:
            self._record(row)
            self._armed(row)
            self._counted(row)
        self._order()
        self._timers()
        self._messages()
        self._texts()

    def _record(self, row: Row) -> None:
        """The record is the sum of its history: no number is missing, no state without its event, no value without its patch."""
        steps = self.steps[row["id"]]
        assert [step["seq"] for step in steps] == list(range(1, row["version"] + 1)), row["id"]
        assert row["state"] == [step["to_state"] for step in steps if step["to_state"]][-1], row["id"]
        folded: dict[str, Any] = {}
        for step in steps:
            folded |= step["patch"]
        assert folded == orjson.loads(dumps(row)), row["id"]

    def _armed(self, row: Row) -> None:
        for name, entry in row["armed"].items():
            found = [
                t
                for t in self._of("timer", row)
                if (t["name"], t["armed_by_seq"], t["due_at"].isoformat()) == (name, entry["seq"], entry["due"])
            ]
            assert [t["status"] for t in found] == ["waiting"], (row["id"], name, found)

    def _counted(self, row: Row) -> None:
        kinds = Counter(e["type"] for e in self._of("event", row))
        orders = self._of("work_order", row)
        assert len(orders) == kinds["work_ordered"], row["id"]
        assert sum(o["status"] in OPEN for o in orders) == row["open_work_orders"], row["id"]
        promises = self._of("promise", row)
        assert len(promises) == kinds["promised"], row["id"]
        assert sum(p["status"] == "open" for p in promises) == row["open_promises"], row["id"]

    def _order(self) -> None:
        """Each event waits for the sealer or has its leaf; the leaves are dense."""
        events = Counter(row["id"] for row in self.rows["event"])
        placed = Counter(row["event_id"] for row in (*self.rows["event_pending"], *self.rows["leaf"]))
        assert events == placed
        assert sorted(row["idx"] for row in self.rows["leaf"]) == list(range(len(self.rows["leaf"])))

    def _timers(self) -> None:
        """Each arming is one row of a step that there was; as many firings are recorded as timers are done."""
        armings = Counter((t["complaint_id"], t["name"], t["armed_by_seq"]) for t in self.rows["timer"])
        assert set(armings.values()) <= {1}
        for complaint_id, _, seq in armings:
            assert seq <= len(self.steps[complaint_id]), "armed by a step that was not stored"
        fired = Counter(
            (t["complaint_id"], t["trigger"]) for t in self.rows["timer"] if t["status"] == "done" and t["trigger"] != "clock"
        )
        told = Counter((e["complaint_id"], e["transition"]) for e in self.rows["event"] if e["actor"] == "system" and e["seq"])
        assert fired == told

    def _messages(self) -> None:
        """As many messages as steps that send one, in the order of the steps."""
        for complaint_id, steps in self.steps.items():
            wanted = [message for step in steps for message in self.senders.get(step["transition"], ())]
            rows = sorted(self.grouped["outbox"][complaint_id], key=lambda r: str(r["id"]))
            assert [row["payload"]["message"] for row in rows] == wanted, complaint_id

    def _texts(self) -> None:
        """Every reference leads to a text, every text is referred to, and each can be searched."""
        texts = {str(row["id"]) for row in self.rows["text"]}
        named = {str(row["text_id"]) for row in self.rows["complaint"]}
        for table in ("event", "work_order", "promise", "contact"):
            for row in self.rows[table]:
                named |= _references(orjson.loads(dumps(row)))
        assert named == texts
        assert {str(row["text_id"]) for row in self.rows["search_text"]} == texts

    def _of(self, table: str, row: Row) -> list[Row]:
        return self.grouped[table][row["id"]]


def _references(value: Any) -> set[str]:
    """The ids in every {"text": id, "commitment": …} inside `value`."""
    if isinstance(value, dict):
        own = {value["text"]} if value.keys() == {"text", "commitment"} else set()
        return own.union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()


async def books(url: str) -> Books:
    """The books of the database at `url`, read in one transaction's view of it when nothing is under way."""
    database = Database(url, 2)

    async def all_of(table: Table) -> list[Row]:
        async with database.read() as conn:
            return [as_dict(row) for row in await conn.execute(select(table))]

    try:
        return Books({table.name: await all_of(table) for table in TABLES})
    finally:
        await database.close()
