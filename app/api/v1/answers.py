"""Answers (口径) in versions: drafted, published, shown, read, doubted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from app.access.answers import Answer
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, ok
from app.api.v1.schemas import knowledge as io
from app.catalogue import answers as room
from app.catalogue.answers import Row, Wanted
from app.catalogue.briefings import shown_status
from app.complaints.queries import load
from app.desk import answering
from app.desk.answering import Draft
from app.errors import NotFound
from app.texts import Lang

answers = Operations("knowledge")
_NAMES: Final = tuple(n for n in io.Article.model_fields if n not in ("id", "status", "title", "text"))
_ONWARD: Final = {
    name: {"id": "$response.body#/id"}
    for name in (
        "publish_answer",
        "withdraw_answer",
        "draft_version",
        "read_answer",
        "confirm_reading",
        "doubt_answer",
        "pass_briefing",
    )
}
_DRAFT: Final = {
    "answer": {
        "title": {"zh": "免费期到期后的收费", "en": "Charges after the free period"},
        "text": {
            "zh": "到期前十天短信提醒；未提醒的，退还首月费用。",
            "en": "We remind ten days before; otherwise the first month is refunded.",
        },
        "why": "Decision of the product board of March.",
        "owner": "wang.fang",
        "expires_at": "2099-12-31T00:00:00+08:00",
        "tags": ["sales.gift_ended"],
    }
}


@answers.post("/v1/answers", {201: Gives("Drafted.", io.Article, leads_to=_ONWARD)}, body=io.ArticleBody, examples=_DRAFT)
async def draft_answer(call: Call, body: io.AnswerBody | io.BriefingBody) -> Sent:
    """Draft an answer, or a briefing with its questions. Nobody is shown it before it is published."""
    return await answering.store_draft(call.desk, call.actor, call.by, None, drafted(body), call.same, rendered(call, 201))


@answers.post(
    "/v1/answers/{id:uuid}/versions",
    {201: Gives("Drafted.", io.Article, leads_to=_ONWARD)},
    body=io.ArticleBody,
    examples=_DRAFT,
)
async def draft_version(call: Call, body: io.AnswerBody | io.BriefingBody) -> Sent:
    """Draft the next version; a draft that is there already is replaced. The published one stays until this one is published."""
    return await answering.store_draft(call.desk, call.actor, call.by, call.id, drafted(body), call.same, rendered(call, 201))


@answers.post("/v1/answers/{id:uuid}/publish", {200: Gives("Published.", io.Article, leads_to=_ONWARD)})
async def publish_answer(call: Call) -> Sent:
    """Publish the draft: from now on it is shown, and whoever read or passed an earlier version has to do so again."""
    return await answering.publish_article(call.desk, call.actor, call.by, call.id, call.same, rendered(call, 200))


@answers.post(
    "/v1/answers/{id:uuid}/withdraw",
    {200: Gives("Withdrawn.", io.Article)},
    body=io.WithdrawBody,
    examples={"why": {"why": "The promotion has ended."}},
)
async def withdraw_answer(call: Call, body: io.WithdrawBody) -> Sent:
    """Take what is published (or else the draft) out of use, with the reason."""
    return await answering.withdraw(call.desk, call.actor, call.by, call.id, body.why, call.same, rendered(call, 200))


@answers.get("/v1/answers", {200: Gives("A page.", io.ArticlePage)}, query=io.AnswersQuery)
async def list_answers(call: Call, query: io.AnswersQuery) -> Sent:
    """Find answers by tag, product and words; those that hold now, unless a status is asked for.

    An owner sees with `owner` and `expires_before` what has to be renewed soon.
    """
    now = call.desk.runtime.clock.now()
    wanted = Wanted(
        query.kind,
        query.status,
        None if query.tag is None else [query.tag],
        query.product,
        query.owner,
        query.expires_before,
        query.q,
        now if query.status is None else None,
    )
    async with call.desk.runtime.db.read() as conn:
        rows = await room.listed(conn, call.desk.runtime.db.dialect, wanted, query.cursor, query.limit + 1)
    shown = rows[: query.limit]
    cursor = shown[-1]["id"] if len(rows) > query.limit else None
    return ok({"items": await seen(call, shown), "next_cursor": cursor})


@answers.get("/v1/answers/{id:uuid}", {200: Gives("The versions.", io.ArticleVersions)})
async def read_answer(call: Call) -> Sent:
    """Read an article in all its versions, the newest first, with what is said against the newest."""
    async with call.desk.runtime.db.read() as conn:
        rows = await room.versions(conn, call.id)
        said = await room.doubts(conn, rows[0]["id"]) if rows else []
    if not rows:
        raise NotFound(what="answer")
    doubts = [{"by": row["by"], "at": row["at"], "words": row["words"]} for row in said]
    return ok({"items": await seen(call, rows), "doubts": doubts})


@answers.get("/v1/complaints/{id:uuid}/answers", {200: Gives("What holds here.", io.ArticleList)})
async def list_answers_here(call: Call) -> Sent:
    """See the answers that hold for this complaint: by its confirmed cause, its tags, and the customer's plan."""
    db, now = call.desk.runtime.db, call.desk.runtime.clock.now()
    found = await load(db, call.id, None)
    if found is None:
        raise NotFound(what="complaint")
    tags = list(dict.fromkeys([*([found.complaint["cause"]] if found.complaint["cause"] else []), *found.complaint["tags"]]))
    rows: list[Row] = []
    async with db.read() as conn:
        if tags:
            rows += await room.listed(conn, db.dialect, Wanted("answer", tags=tags, holding=now), None, 20)
        if found.customer["plan"]:
            rows += await room.listed(conn, db.dialect, Wanted("answer", product=found.customer["plan"], holding=now), None, 20)
    unique = {row["id"]: row for row in rows}
    # First what is about the very cause, then what is about a tag, then the rest.
    ranked = sorted(
        unique.values(), key=lambda row: min((tags.index(tag) for tag in row["tags"] if tag in tags), default=len(tags))
    )
    return ok({"items": await seen(call, ranked)})


@answers.post("/v1/answers/{id:uuid}/read", {200: Gives("Confirmed.", io.Article)})
async def confirm_reading(call: Call) -> Sent:
    """Confirm that you have read the version that holds now."""
    return await answering.confirm_read(call.desk, call.by, call.id, call.same, rendered(call, 200))


@answers.post(
    "/v1/answers/{id:uuid}/wrong",
    {201: Gives("Told to its owner.", io.Article)},
    body=io.DoubtBody,
    examples={"outdated": {"words": "The fee is 5 yuan since Monday."}},
)
async def doubt_answer(call: Call, body: io.DoubtBody) -> Sent:
    """Say that an answer is wrong: its owner gets a notice, and everybody sees how many have said so."""
    return await answering.doubt(call.desk, call.by, call.id, body.words, call.same, rendered(call, 201))


def article_json(row: Row, lang: Lang, now: datetime) -> dict[str, Any]:
    """A version in the language of the request."""
    plain = {name: row[name] for name in _NAMES}
    return {
        "id": row["article_id"],
        "status": shown_status(row, now),
        "title": row[f"title_{lang}"],
        "text": row[f"text_{lang}"],
        **plain,
    }


async def seen(call: Call, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Versions with who read them, who doubts them, and whether they end soon."""
    now = call.desk.runtime.clock.now()
    soon: timedelta = (await call.desk.terms()).policy.answers.expiring
    async with call.desk.runtime.db.read() as conn:
        told = await room.told_of(conn, [row["id"] for row in rows], call.actor.id)
    return [
        {
            **article_json(row, call.lang, now),
            "expiring": row["status"] == "published" and row["expires_at"] <= now + soon,
            **told[row["id"]],
        }
        for row in rows
    ]


def rendered(call: Call, status: int) -> Any:
    """How a change of an article is answered."""

    def render(row: Mapping[str, Any]) -> Answer:
        return Answer(status, {}, dumps(article_json(row, call.lang, call.desk.runtime.clock.now())))

    return render


def drafted(body: io.AnswerBody | io.BriefingBody) -> Draft:
    """What a body says, for the desk."""
    briefing = body if isinstance(body, io.BriefingBody) else None
    return Draft(
        body.kind,
        (body.title.zh, body.title.en),
        (body.text.zh, body.text.en),
        body.why,
        body.owner,
        body.valid_from,
        body.expires_at,
        body.tags,
        body.product,
        None if briefing is None else [question.model_dump() for question in briefing.questions],
        None if briefing is None else briefing.pass_percent,
    )
