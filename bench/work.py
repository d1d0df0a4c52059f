"""The work that every contender does, said once: the customers, the request bodies, the steps.

The comparators know one small state machine (`STATES`). Each complaint is walked along
`STEPS`, so that a transition is always a real change of state, never the same row written twice.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

CUSTOMERS = 1000
"""Enough customers that two requests rarely meet on one customer's row."""

TEXT = (
    "客户来电反映：本月账单比上月多出一百二十六元，其中有一项国际漫游流量费，客户表示当月没有出国，"
    "之前已经在营业厅和热线各问过一次，两次答复不一致，客户非常不满，要求查清原因、退还多收的费用，"
    "并给出书面说明。联系时间：工作日晚上七点以后。"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One transition request: its body, sent as it stands."""

    transition: str
    data: dict[str, Any]
    note: str | None = None

    def body(self) -> dict[str, Any]:
        return {"transition": self.transition, "data": self.data, "note": self.note}


STATES: dict[tuple[str, str], str] = {
    ("vent", "vented"): "apologize",
    ("apologize", "apologized"): "diagnose",
    ("diagnose", "diagnosed"): "resolve",
    ("resolve", "resolved"): "care",
}
"""(state, transition) -> next state, for the comparators."""

FIRST_STATE = "vent"

STEPS: tuple[Step, ...] = (
    Step("vented", {"listened": True}),
    Step("apologized", {"apologised": True}),
    Step(
        "diagnosed",
        {"cause": "roaming_charge", "motive": "expect_redress"},
        note="漫游流量费由境外虚假基站记录引起，已向计费核实。",
    ),
    Step("resolved", {"remedy": "refund", "amount": "126.00"}, note="退还多收费用，次日到账。"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the load generator sends to one server. Travels to it as JSON."""

    port: int
    headers: dict[str, str]
    customers: list[str]
    steps: list[dict[str, Any]]
    open_body: dict[str, Any] = field(
        default_factory=lambda: {
            "channel": "phone",
            "severity": 2,
            "tags": [],
            "text": TEXT,
        }
    )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def customer_ids() -> list[str]:
    """The fixed ids of the comparators' customers."""
    return [str(uuid.uuid5(uuid.NAMESPACE_OID, f"customer-{n}")) for n in range(CUSTOMERS)]
