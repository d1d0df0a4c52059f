"""What owners are reminded of: feedback before and at its due time, suggestions that wait too long, answers that expire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.users import find_user
from app.catalogue.answers_tables import article
from app.commitments.feedback import feedback_item, reminders_due
from app.commitments.suggestions import suggestion
from app.desk.desk import Desk
from app.people.notices import notice_row

BATCH = 100


async def remind(desk: Desk, conn: AsyncConnection, now: datetime) -> int:
    """Send the notices that are due, each once, and note that they were sent; how many. In the caller's transaction."""
    terms = await desk.terms()
    return (
        await _feedback(conn, now, terms.policy.feedback.remind)
        + await _suggestions(conn, now)
        + await _articles(conn, now, now + terms.policy.answers.expiring)
    )


async def _feedback(conn: AsyncConnection, now: datetime, before: tuple[Any, ...]) -> int:
    own = feedback_item.c
    horizon = now + max(before, default=now - now)
    query = select(own.id, own.cause, own.addressee, own.addressee_role, own.due_at, own.reminded, own.status)
    rows = await conn.execute(query.where(own.status == "open", own.due_at <= horizon, own.reminded < len(before)).limit(BATCH))
    sent = 0
    for row in rows.mappings().all():
        due = reminders_due(dict(row), before, now)
        if due <= row["reminded"]:
            continue
        kind = "feedback_overdue" if now >= row["due_at"] else "feedback_due"
        data = {"cause": row["cause"], "due": row["due_at"].date().isoformat()}
        await _tell(conn, now, kind, row["addressee"], row["addressee_role"], data)
        await conn.execute(update(feedback_item).where(own.id == row["id"]).values(reminded=due))
        sent += 1
    return sent


async def _suggestions(conn: AsyncConnection, now: datetime) -> int:
    own = suggestion.c
    query = select(own.id, own.owner, own.owner_role, own.tag, own.due_at).where(
        own.status == "open", own.due_at <= now, own.reminded_at.is_(None)
    )
    rows = (await conn.execute(query.limit(BATCH))).mappings().all()
    for row in rows:
        data = {"tag": row["tag"] or "-", "due": row["due_at"].date().isoformat()}
        await _tell(conn, now, "suggestion_late", row["owner"], row["owner_role"], data)
        await conn.execute(update(suggestion).where(own.id == row["id"]).values(reminded_at=now))
    return len(rows)


async def _articles(conn: AsyncConnection, now: datetime, until: datetime) -> int:
    own = article.c
    query = select(own.id, own.owner, own.title_zh, own.title_en, own.expires_at).where(
        own.status == "published", own.expires_at <= until, own.reminded_at.is_(None)
    )
    rows = (await conn.execute(query.limit(BATCH))).mappings().all()
    for row in rows:
        data = {"title": f"{row['title_zh']} / {row['title_en']}", "day": row["expires_at"].date().isoformat()}
        await _tell(conn, now, "answer_expiring", row["owner"], None, data)
        await conn.execute(update(article).where(own.id == row["id"]).values(reminded_at=now))
    return len(rows)


async def _tell(conn: AsyncConnection, at: datetime, kind: str, user: str | None, role: str | None, data: dict[str, Any]) -> None:
    """A notice to the person; to supervisors where there is no such person any more."""
    found = None if user is None else await find_user(conn, user)
    known = found.id if found is not None and found.active else None
    told = notice_row(at, kind, user=known, role=role or (None if known is not None else "supervisor"), data=data)
    await conn.execute(told.table.insert().values(**told.row))
