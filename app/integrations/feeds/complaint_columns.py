"""The columns of an export of complaints, and each complaint laid flat for them."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import Any

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
    Column("customer_name", Words("客户", "Customer")),
    Column("customer_phone", Words("电话", "Phone")),
    Column("segment", Words("客户群", "Segment")),
    Column("plan", Words("套餐", "Plan")),
    Column("place", Words("地区", "Place")),
    Column("text", Words("投诉内容", "What was said")),
    Column("remedy_sought", Words("诉求", "Remedy sought")),
    Column("remedy", Words("补救", "Remedy")),
    Column("recorded", Words("记录", "Recorded")),
    Column("round", Words("轮次", "Round")),
    Column("team", Words("班组", "Team")),
    Column("source", Words("来源", "Source")),
    Column("external_ref", Words("来源编号", "Reference in the source")),
    Column("opened_at", Words("受理时间", "Opened at")),
    Column("resolved_at", Words("解决时间", "Resolved at")),
    Column("closed_at", Words("关闭时间", "Closed at")),
    Column("workflow_version", Words("流程版本", "Workflow version")),
)


async def flat(rows: AsyncIterable[Mapping[str, Any]]) -> AsyncIterator[Mapping[str, Any]]:
    """Each complaint as one row: the (masked) customer and the workflow laid out."""
    async for row in rows:
        customer = row["customer"]
        yield {
            **row,
            "customer_name": customer.get("name"),
            "customer_phone": customer.get("phone"),
            "segment": customer.get("segment"),
            "plan": customer.get("plan"),
            "place": customer.get("place"),
            "workflow_version": row["workflow"]["version"],
        }
