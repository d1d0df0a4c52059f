"""The columns of an export of complaints, and each complaint laid flat for them."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import Any

from app.integrations.feeds.complaints import IMPORTED
from app.integrations.feeds.export import Column
from app.texts import Words

COLUMNS: tuple[Column, ...] = (
    Column("number", Words("投诉编号", "Number")),
    Column("id", Words("内部编号", "Id")),
    Column("state", Words("环节", "Stage")),
    Column("kind", Words("状态类别", "Kind")),
    Column("final", Words("已结束", "At its end")),
    Column("severity", Words("严重程度", "Severity")),
    Column("channel", Words("渠道", "Channel")),
    Column("tags", Words("标签", "Tags")),
    Column("sensitive", Words("敏感", "Sensitive")),
    Column("customer_external_id", Words("客户编号", "Customer's id in the CRM")),
    Column("customer_name", Words("客户", "Customer")),
    Column("customer_phone", Words("电话", "Phone")),
    Column("segment", Words("客户群", "Segment")),
    Column("plan", Words("套餐", "Plan")),
    Column("place", Words("地区", "Place")),
    Column("text", Words("投诉内容", "What was said")),
    Column("remedy_sought_kind", Words("诉求", "Remedy sought")),
    Column("remedy_sought_amount", Words("诉求金额（元）", "Amount sought (yuan)"), money=True),
    Column("remedy_sought_text", Words("诉求说明", "Remedy sought, in words")),
    Column("remedy_kind", Words("补救", "Remedy")),
    Column("remedy_amount", Words("补救金额（元）", "Amount of the remedy (yuan)"), money=True),
    Column("remedy_text", Words("补救说明", "Remedy, in words")),
    Column("recorded", Words("记录", "Recorded")),
    Column("motives", Words("投诉心理", "Motives")),
    Column("emotion", Words("情绪", "Emotion")),
    Column("round", Words("轮次", "Round")),
    Column("team", Words("班组", "Team")),
    Column("source", Words("来源", "Source")),
    Column("external_ref", Words("来源编号", "Reference in the source")),
    Column("source_status", Words("来源系统中的状态", "Status in the source")),
    Column("opened_at", Words("受理时间", "Opened at")),
    Column("resolved_at", Words("解决时间", "Resolved at")),
    Column("closed_at", Words("关闭时间", "Closed at")),
    Column("closed_as", Words("关闭方式", "Closed as")),
    Column("workflow_version", Words("流程版本", "Workflow version")),
)


async def flat(rows: AsyncIterable[Mapping[str, Any]]) -> AsyncIterator[Mapping[str, Any]]:
    """Each complaint as one row: the (masked) customer, the remedies and the workflow laid out. Amounts are fen."""
    async for row in rows:
        customer, recorded = row["customer"], row.get("recorded") or {}
        yield {
            **row,
            **_laid_out("customer", customer, ("external_id", "name", "phone")),
            **_laid_out("remedy_sought", row.get("remedy_sought"), ("kind", "amount", "text")),
            **_laid_out("remedy", row.get("remedy"), ("kind", "amount", "text")),
            **{name: customer.get(name) for name in ("segment", "plan", "place")},
            "source_status": (recorded.get(IMPORTED) or {}).get("status"),
            "workflow_version": row["workflow"]["version"],
        }


def _laid_out(prefix: str, value: Mapping[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any]:
    return {f"{prefix}_{name}": (value or {}).get(name) for name in names}
