"""Complaints as a target: each enters through the desk's intake, once for each reference of its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.sealed import open_texts
from app.access.vault import DataKey
from app.audit.events import By
from app.complaints.tables import complaint
from app.contacts.channels import Channels, refused
from app.db.statement import Insert
from app.desk.desk import Desk
from app.desk.intake import Opened, Opening, prepare
from app.desk.many import store_many
from app.desk.who import Caller, find_customer
from app.errors import Invalid, NotFound
from app.integrations.feeds.problems import RowProblem, tell
from app.integrations.feeds.targets import MappedRow, RowOutcome, TargetField
from app.texts import Words

IMPORTED = "imported"
"""Where the record keeps what the source said of the complaint: its status there, and the columns kept."""

FIELDS: Mapping[str, TargetField] = MappingProxyType(
    {
        field.name: field
        for field in (
            TargetField("source", "name", Words("来源系统", "Source system"), required=True),
            TargetField("external_ref", "id", Words("来源编号", "Reference in the source"), required=True),
            TargetField("customer_external_id", "id", Words("CRM 客户编号", "Customer's id in the CRM"), personal=True),
            TargetField("customer_phone", "id", Words("客户电话", "Customer's phone"), personal=True, max_length=40),
            TargetField("customer_name", "text", Words("客户姓名", "Customer's name"), personal=True, max_length=100),
            TargetField("channel", "name", Words("渠道", "Channel"), required=True, max_length=40),
            TargetField("text", "text", Words("投诉内容", "What was said"), required=True, personal=True),
            TargetField("opened_at", "datetime", Words("投诉时间", "When it was said")),
            TargetField("severity", "integer", Words("严重程度", "Severity"), low=1, high=4),
            TargetField("sensitive", "boolean", Words("敏感投诉", "Sensitive complaint")),
            TargetField("tags", "tags", Words("投诉标签", "Tags")),
            TargetField("source_status", "text", Words("来源系统中的状态", "Status in the source"), max_length=200),
        )
    }
)

Met = tuple[Mapping[str, Any], DataKey]
"""A customer's row and the key of the personal data."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch before its write: rows that need none, new complaints by row number, the rows of their new customers."""

    settled: list[RowOutcome]
    opened: list[tuple[int, Opened]]
    customers: list[Insert]


@dataclass(frozen=True, slots=True)
class ComplaintImporter:
    """Opens each complaint that its source has not sent before; the record of one that is there stays as it is."""

    desk: Desk
    actor: Actor
    by: By
    workflow: str = "complaint"
    name: ClassVar[str] = "complaints"
    fields: ClassVar[Mapping[str, TargetField]] = FIELDS
    key: ClassVar[tuple[str, ...]] = ("source", "external_ref")
    attributes: ClassVar[bool] = True

    async def prepare(self, rows: Sequence[MappedRow]) -> Prepared:
        """Find what is there, find or make the customers, seal the words."""
        at = self.desk.runtime.clock.now()
        made = Prepared([], [], [])
        async with self.desk.runtime.db.read() as conn:
            known = await self._known(conn, rows)
            definition, terms = await self.desk.current_workflow(self.workflow), await self.desk.terms()
            met: dict[tuple[str | None, str | None], Met | RowProblem] = {}
            for row in rows:
                opening = _opening(row, self.workflow)
                there = known.get((str(opening.source), str(opening.external_ref)))
                if there is not None:
                    made.settled.append(_compared(row, opening, there))
                    continue
                found = _impossible(opening, at, terms.policy.channels) or await self._customer(conn, opening.caller, at, met, made)
                if isinstance(found, RowProblem):
                    made.settled.append(RowOutcome(row.number, "rejected", (found,)))
                    continue
                customer, key = found
                one = await prepare(self.desk, self.actor, self.by, definition, terms, opening, customer, key, at)
                made.opened.append((row.number, one))
        return made

    async def apply(self, conn: AsyncConnection, prepared: Prepared) -> Sequence[RowOutcome]:
        """Store the new complaints; a reference or customer that came in meanwhile undoes the batch."""
        if prepared.opened:
            dialect = self.desk.runtime.db.dialect
            await store_many(conn, dialect, [one for _, one in prepared.opened], prepared.customers)
        return [*prepared.settled, *(RowOutcome(number, "created") for number, _ in prepared.opened)]

    async def _known(self, conn: AsyncConnection, rows: Sequence[MappedRow]) -> dict[tuple[str, str], Mapping[str, Any]]:
        """What is there of the rows' references, with the text as it was taken in (None: erased)."""
        own = complaint.c
        columns = (own.source, own.external_ref, own.channel, own.opened_at, own.text_id, own.recorded)
        sources = {str(row.values["source"]) for row in rows}
        refs = [str(row.values["external_ref"]) for row in rows]
        query = select(*columns).where(own.source.in_(sources), own.external_ref.in_(refs))
        found = (await conn.execute(query)).mappings().all()
        texts = await open_texts(conn, self.desk.vault, [row["text_id"] for row in found])
        return {(r["source"], r["external_ref"]): {**r, "text": texts.get(str(r["text_id"]))} for r in found}

    async def _customer(
        self,
        conn: AsyncConnection,
        caller: Caller,
        at: datetime,
        met: dict[tuple[str | None, str | None], Met | RowProblem],
        made: Prepared,
    ) -> Met | RowProblem:
        """The customer of `caller` and the key; rows of one customer must not make him twice, though he is not stored yet."""
        who = (caller.external_id, caller.phone)
        if who not in met:
            try:
                customer, key, inserts = await find_customer(self.desk, conn, caller, at)
            except NotFound:
                field = "customer_external_id" if caller.external_id else "customer_phone"
                met[who] = RowProblem(field, None, "customer_erased", tell("customer_erased"))
            except Invalid:
                words = tell("phone_invalid", value=tell("hidden_value"))
                met[who] = RowProblem("customer_phone", None, "phone_invalid", words)
            else:
                met[who] = (customer, key)
                made.customers.extend(inserts)
        return met[who]


def _opening(row: MappedRow, workflow: str) -> Opening:
    values: Mapping[str, Any] = row.values
    external_id, phone = values.get("customer_external_id"), values.get("customer_phone")
    status = {"status": values["source_status"]} if "source_status" in values else {}
    return Opening(
        # One way of finding the customer is enough; the CRM's id is the surer one.
        Caller(external_id=external_id, phone=None if external_id else phone, name=values.get("customer_name")),
        values["channel"],
        values["text"],
        workflow,
        tags=values.get("tags", ()),
        severity=values.get("severity", 2),
        sensitive=values.get("sensitive", False),
        source=values["source"],
        external_ref=values["external_ref"],
        occurred_at=values.get("opened_at"),
        recorded={IMPORTED: {**status, **row.attributes}},
        taken_over=True,
    )


def _impossible(opening: Opening, at: datetime, channels: Channels | None) -> RowProblem | None:
    strange = refused(channels, opening.channel)
    if strange is not None:
        return RowProblem("channel", None, strange.code, Words(strange.message("zh"), strange.message("en")))
    if opening.caller.external_id is None and opening.caller.phone is None:
        return RowProblem("customer_external_id", None, "required_blank", tell("required_blank"))
    if opening.occurred_at is not None and opening.occurred_at > at:
        value = tell("quoted_value", value=opening.occurred_at.isoformat())
        return RowProblem("opened_at", None, "in_the_future", tell("in_the_future", value=value))
    return None


def _compared(row: MappedRow, opening: Opening, there: Mapping[str, Any]) -> RowOutcome:
    """Unchanged when the source says what it said before; refused when it now says something else.

    What was taken in is the record, and an import does not rewrite it. An erased text is compared with nothing.
    """
    same = (
        there["channel"] == opening.channel
        and (opening.occurred_at is None or there["opened_at"] == opening.occurred_at)
        and there["text"] in {None, opening.text}
        and there["recorded"].get(IMPORTED, {}) == opening.recorded[IMPORTED]
    )
    if same:
        return RowOutcome(row.number, "unchanged")
    return RowOutcome(row.number, "rejected", (RowProblem("", None, "source_changed", tell("source_changed")),))
