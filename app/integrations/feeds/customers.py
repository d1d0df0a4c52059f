"""Customers as a target: created or changed by the CRM's id. What names a person is sealed, the rest stands beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.identifiers import e164
from app.access.vault import Vault
from app.audit.events import By
from app.clock import Clock
from app.customers.store import Data
from app.desk.customers import store_customers
from app.integrations.feeds.problems import RowProblem, tell
from app.integrations.feeds.targets import MappedRow, RowOutcome, TargetField
from app.texts import Words

_PROFILE = ("name", "phone", "email", "note")
_FACTS = ("segment", "plan", "place", "sensitive", "account_manager")

FIELDS: Mapping[str, TargetField] = MappingProxyType(
    {
        field.name: field
        for field in (
            TargetField("external_id", "id", Words("CRM 客户编号", "Id in the CRM"), required=True, personal=True),
            TargetField("name", "text", Words("姓名", "Name"), personal=True, max_length=100),
            TargetField("phone", "id", Words("电话", "Phone"), personal=True, max_length=40),
            TargetField("email", "id", Words("电子邮箱", "E-mail"), personal=True, max_length=200),
            TargetField("note", "text", Words("备注", "Note"), personal=True, max_length=1_000),
            TargetField("segment", "text", Words("客户群", "Segment"), max_length=40),
            TargetField("plan", "text", Words("套餐", "Plan"), max_length=80),
            TargetField("place", "text", Words("地区", "Place"), max_length=80),
            TargetField("sensitive", "boolean", Words("敏感客户", "Sensitive customer")),
            TargetField("account_manager", "text", Words("客户经理（用户名）", "Account manager (user name)"), max_length=100),
            TargetField("brand", "text", Words("品牌", "Brand"), max_length=80),
            TargetField("card_level", "text", Words("会员等级", "Card level"), max_length=40),
            TargetField("contract", "text", Words("合约", "Contract"), max_length=80),
            TargetField("tenure_months", "integer", Words("在网月数", "Months with us"), low=0, high=1_200),
        )
    }
)
"""Fields that are neither personal nor a column of the customer stand among the attributes, under the same names."""


@dataclass(frozen=True, slots=True)
class CustomerImporter:
    """Takes customers in by external id; a blank field leaves what was known before."""

    vault: Vault
    clock: Clock
    by: By
    name: ClassVar[str] = "customers"
    fields: ClassVar[Mapping[str, TargetField]] = FIELDS
    key: ClassVar[tuple[str, ...]] = ("external_id",)
    attributes: ClassVar[bool] = True

    async def prepare(self, rows: Sequence[MappedRow]) -> Sequence[tuple[MappedRow, Data | RowProblem]]:
        """Each row as the customers' room takes it, or why not."""
        return [(row, _data(row)) for row in rows]

    async def apply(self, conn: AsyncConnection, prepared: Sequence[tuple[MappedRow, Data | RowProblem]]) -> Sequence[RowOutcome]:
        """Store them; the same customer with the same data again is unchanged."""
        good = [(row.number, data) for row, data in prepared if isinstance(data, Data)]
        bad = [RowOutcome(row.number, "rejected", (data,)) for row, data in prepared if isinstance(data, RowProblem)]
        done = await store_customers(conn, self.vault, self.by, self.clock.now(), [data for _, data in good])
        return bad + [RowOutcome(number, result) for (number, _), (result, *_) in zip(good, done, strict=True)]


def _data(row: MappedRow) -> Data | RowProblem:
    profile = {name: str(row.values[name]) for name in _PROFILE if name in row.values}
    if "phone" in profile:
        phone = e164(profile["phone"])
        if phone is None:
            return RowProblem("phone", None, "phone_invalid", tell("phone_invalid", value=tell("hidden_value")))
        profile["phone"] = phone
    facts = {name: row.values[name] for name in _FACTS if name in row.values}
    plain = {n: v for n, v in row.values.items() if n not in {"external_id", *_PROFILE, *_FACTS}}
    return Data(str(row.values["external_id"]), dict(profile), facts, {**plain, **row.attributes})
