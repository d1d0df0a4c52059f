"""The work that every contender does, said once: the customers, the request bodies, the steps.

The comparators know one small state machine (`STATES`). Each complaint is walked along
`STEPS`, so that a transition is always a real change of state, never the same row written twice.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

CUSTOMERS = 5000
"""Enough that two requests rarely meet on one customer's row, and that nobody has more than a handful of open complaints."""

_WHAT = (
    "客户来电反映：本月账单比上月多出一百二十六元，其中有一项国际漫游流量费，客户表示当月没有出国。",
    "客户投诉家中宽带连续三晚断线，师傅上门两次，换过一次光猫，问题仍未解决，影响孩子上网课。",
    "客户称从未订购视频会员包，却连续四个月每月被扣十五元，短信提醒也没有收到过。",
    "客户在地铁站内通话经常中断，同行的人用别家网络都正常，怀疑基站容量不足。",
    "客户办理套餐降档时被告知合约未到期，需付违约金，而当初签约的营业员没有说明有合约。",
    "客户收到催费短信称欠费停机，但银行扣款记录显示上月二十五日已经缴清。",
    "客户的副卡流量在月中就用完，超出部分按每兆计费，客户认为应当先提醒再扣费。",
    "客户更换手机后无法接收银行验证码，两次到营业厅补卡都没有恢复，耽误了转账。",
    "客户反映积分商城兑换的充电器迟迟没有发货，订单状态一个月没有变化。",
    "客户携号转入时承诺的每月三十元话费返还，从第三个月起没有到账。",
)
_HISTORY = (
    "之前已经在营业厅和热线各问过一次，两次答复不一致，客户非常不满。",
    "这是本月第三次来电，前两次都说会有专人回复，但没有人联系。",
    "客户是十二年的老用户，此前从未投诉，这次感到很失望。",
    "客户情绪比较激动，表示如果今天没有答复就要向监管部门反映。",
    "客户语气平和，主要想弄清楚原因，希望以后不要再发生。",
    "客户为老人，由女儿代为来电，身份已按规定核实。",
    "上次受理的工单显示已办结，但客户说问题其实没有解决。",
)
_WISH = (
    "要求查清原因、退还多收的费用，并给出书面说明。",
    "希望两天内安排上门处理，并补偿断网期间的费用。",
    "要求取消该业务并退还四个月的费用。",
    "希望告知改善计划和时间，到时电话回访。",
    "要求免除违约金，按原资费改回低档套餐。",
    "希望今天内恢复使用，并解释为什么会出现差错。",
)
_CONTACT = (
    "联系时间：工作日晚上七点以后。",
    "请打备用号码联系，白天上班不方便接听。",
    "客户希望短信回复即可。",
)

TEXTS: tuple[str, ...] = tuple(
    _WHAT[n % len(_WHAT)] + _HISTORY[n % len(_HISTORY)] + _WISH[n // 2 % len(_WISH)] + _CONTACT[n % len(_CONTACT)]
    for n in range(210)
)
"""What customers say: 210 texts, most of 90 to 110 characters, sent in turn. Varied, because an index of one and the same
text is not the index of a call centre."""


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
    texts: tuple[str, ...] = TEXTS
    open_body: dict[str, Any] = field(default_factory=lambda: {"channel": "phone", "severity": 2, "tags": []})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def customer_ids() -> list[str]:
    """The fixed ids of the comparators' customers."""
    return [str(uuid.uuid5(uuid.NAMESPACE_OID, f"customer-{n}")) for n in range(CUSTOMERS)]
