"""A cause fed back to its owner, the decision, the fall that followed; the reports for those who make products."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from app.access.answers import Answer
from app.api.v1.cases import CASE
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.panels import trial_json
from app.api.v1.render import dumps, ok
from app.api.v1.schemas import feedback as io
from app.api.v1.suggestions import suggestion_json
from app.desk import feedback as desk
from app.desk.feedback import Decided, Fed
from app.desk.panels import trials
from app.desk.tagging import titles
from app.errors import Invalid, Reason
from app.reports.causes import MOST_WEEKS, WEEK, Fall, causes, fall
from app.reports.launch import launch
from app.texts import say

feedback = Operations("knowledge")
PERIOD: Final = timedelta(days=28)
_NAMES: Final = tuple(name for name in io.FeedbackItem.model_fields if name not in ("title", "figures", "examples"))


@feedback.post(
    "/v1/feedback",
    {
        201: Gives(
            "Fed back.", io.FeedbackItem, leads_to={n: {"id": "$response.body#/id"} for n in ("decide_feedback", "read_feedback")}
        )
    },
    body=io.FeedbackBody,
    examples={
        "promotion": {
            "cause": "tariff.promo_end",
            "words": "Customers hear of the end of the promotion from the bill. Can they be told before?",
            "to": {"role": "marketer"},
            "due_at": "2099-04-01T18:00:00+08:00",
        }
    },
)
async def feed_back(call: Call, body: io.FeedbackBody) -> Sent:
    """Feed a cause back to whoever can remove it.

    The figures of the period are kept as they are now. The addressee gets a notice, and reminders by the policy.
    """
    start, end = _period(call, body.from_, body.until, "until")
    report = await causes(call.desk, start, end, "product", body.cause, examples=False)
    lines = [one for one in report.lines if body.product is None or one.key == body.product]
    figures = {
        "from": start.isoformat(),
        "to": end.isoformat(),
        "count": sum(one.count for one in lines),
        "before": sum(one.before for one in lines),
        "complaints": sum(report.complaints),
    }
    fed = Fed(body.cause, body.words, body.due_at, body.product, body.to.user or None, body.to.role or None, body.examples)
    named = await titles(call.desk, [body.cause], call.lang)
    return await desk.feed_back(call.desk, call.by, fed, figures, call.same, _rendered(201, named))


@feedback.get("/v1/feedback", {200: Gives("A page.", io.FeedbackPage)}, query=io.FeedbackQuery)
async def list_feedback(call: Call, query: io.FeedbackQuery) -> Sent:
    """List what was fed back, the newest first; with `mine` what is addressed to you."""
    mine = call.actor if query.mine else None
    rows = await desk.listed(
        call.desk, status=query.status, cause=query.cause, mine=mine, before=query.cursor, limit=query.limit + 1
    )
    shown = rows[: query.limit]
    named = await titles(call.desk, [row["cause"] for row in shown], call.lang)
    cursor = shown[-1]["id"] if len(rows) > query.limit else None
    return ok({"items": [_item(row, named) for row in shown], "next_cursor": cursor})


@feedback.get("/v1/feedback/{id:uuid}", {200: Gives("The item.", io.FeedbackWithFall)})
async def read_feedback(call: Call) -> Sent:
    """Read an item with what panels of customers said of it; once its action has taken effect, with the measured fall since.

    Eight weeks before the day of the action are compared with up to eight since, by the number of complaints opened in them.
    """
    row = await desk.one(call.desk, call.id)
    named = await titles(call.desk, [row["cause"]], call.lang)
    measured = None
    if row["effective_at"] is not None and row["effective_at"] < call.desk.runtime.clock.now():
        measured = _fall(call, await fall(call.desk, row["cause"], row["product"], row["effective_at"]))
    tested = [trial_json(one) for one in await trials(call.desk, feedback=call.id)]
    return ok({**_item(row, named), "fall": measured, "trials": tested})


@feedback.post(
    "/v1/feedback/{id:uuid}/decision",
    {200: Gives("Decided.", io.FeedbackItem, leads_to={"read_feedback": {"id": "$response.body#/id"}})},
    body=io.DecisionBody,
    examples={
        "fix": {
            "decision": "fix",
            "reason": "A message goes out ten days before the end.",
            "effective_at": "2099-05-01T00:00:00+08:00",
        },
        "no": {"decision": "no", "reason": "The law forbids to change running contracts."},
    },
)
async def decide_feedback(call: Call, body: io.DecisionBody) -> Sent:
    """Decide on what was fed back: fix it, stop selling, change the text, or no; always with the reason."""
    decided = Decided(body.decision, body.reason, body.effective_at)
    known = await titles(call.desk, [(await desk.one(call.desk, call.id))["cause"]], call.lang)
    return await desk.decide(call.desk, call.actor, call.by, call.id, decided, call.same, _rendered(200, known))


@feedback.get("/v1/reports/causes", {200: Gives("The report.", io.CausesReport)}, query=io.CausesQuery)
async def report_causes(call: Call, query: io.CausesQuery) -> Sent:
    """See confirmed causes by product, segment, plan, place or week, with the trend against the period before, and examples.

    Counted are complaints by the time they were opened. Examples show words with names and numbers masked.
    """
    start, end = _period(call, query.from_, query.to, "to")
    report = await causes(call.desk, start, end, query.by, query.cause)
    named = await titles(call.desk, [one.cause for one in report.lines], call.lang)
    now, before = sum(report.complaints), report.complaints_before
    lines = [
        {
            "cause": one.cause,
            "title": named[one.cause],
            "key": one.key,
            "count": one.count,
            "before": one.before,
            "change": round((one.count / now) / (one.before / before), 3) if one.before and before and now else None,
            "weeks": one.weeks,
            "examples": one.examples,
        }
        for one in report.lines
    ]
    told = {"complaints": report.complaints, "confirmed": report.confirmed, "complaints_before": before}
    return ok({"from": start, "to": end, "by": query.by, **told, "lines": lines})


@feedback.get("/v1/reports/launch", {200: Gives("The report.", io.LaunchReport)}, query=io.LaunchQuery)
async def report_launch(call: Call, query: io.LaunchQuery) -> Sent:
    """Before a launch: see what was complained about similar products in the last year, and what was learnt from it."""
    if query.product is None and not query.tags:
        raise Invalid(Reason("launch_of_nothing", "tags"))
    terms = await call.desk.terms()
    if terms.tags is not None and (strange := terms.tags.refused(query.tags)):
        raise Invalid(*strange)
    found = await launch(call.desk, query.product, query.tags)
    named = await titles(call.desk, [*(c["tag"] for c in found.causes), *(f["cause"] for f in found.feedback)], call.lang)
    return ok(
        {
            "from": found.start,
            "causes": [
                {"cause": c["tag"], "title": named[c["tag"]], "product": c["product"], "count": c["count"]} for c in found.causes
            ],
            "tagged": found.tagged,
            "examples": found.examples,
            "feedback": [_item(row, named) for row in found.feedback],
            "suggestions": [suggestion_json(row, call.lang) for row in found.suggestions],
            "models": [CASE(row) for row in found.models],
        }
    )


def _period(call: Call, start: Any, end: Any, where: str) -> tuple[Any, Any]:
    """The period asked for. Raises Invalid when it is empty or longer than MOST_WEEKS."""
    end = end or call.desk.runtime.clock.now()
    start = start or end - PERIOD
    if end <= start:
        raise Invalid(Reason("period_empty", where))
    if end - start > WEEK * MOST_WEEKS:
        raise Invalid(Reason("period_too_long", "from", {"weeks": MOST_WEEKS}))
    return start, end


def _fall(call: Call, found: Fall) -> dict[str, Any]:
    old, new, ratio = found.before, found.after, found.ratio
    notes = ["before_after"]
    if ratio.low is None:
        notes.append("fall_too_early")
    elif ratio.low <= 1 and (ratio.high is None or ratio.high >= 1):
        notes.append("fall_may_be_chance")
    if (found.unconfirmed_after or 0) > (found.unconfirmed_before or 0) + 0.05:
        notes.append("fall_unconfirmed")
    return {
        "weeks": found.weeks,
        "before": old[0],
        "before_complaints": old[1],
        "after": new[0],
        "after_complaints": new[1],
        "ratio": {"value": ratio.ratio, "low": ratio.low, "high": ratio.high, "method": ratio.method},
        "unconfirmed_before": found.unconfirmed_before,
        "unconfirmed_after": found.unconfirmed_after,
        "notes": [say(call.lang, f"feedback.{note}") for note in notes],
    }


def _item(row: Mapping[str, Any], named: Mapping[str, str]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _NAMES},
        "title": named[row["cause"]],
        "figures": row["figures"],
        "examples": row["examples"],
    }


def _rendered(status: int, named: Mapping[str, str]) -> Any:
    def render(row: Mapping[str, Any]) -> Answer:
        return Answer(status, {}, dumps(_item(row, named)))

    return render
