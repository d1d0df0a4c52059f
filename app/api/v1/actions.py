"""What may be done now, why not, and what to say."""

from __future__ import annotations

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import ok
from app.api.v1.schemas.answers_steps import Actions
from app.desk.asking import Found, definition_of, open_actions
from app.texts import Lang
from app.workflow.definition import Stage
from app.workflow.scripts import say

actions = Operations("steps")


@actions.get(
    "/v1/complaints/{id:uuid}/actions", {200: Gives("The steps.", Actions, {"ETag": "The version of the complaint, for If-Match."})}
)
async def list_actions(call: Call) -> Sent:
    """List every step from here: open to you or not and why, its form, what to say.

    `form` is the JSON Schema of the step's `data`, titles in your language. Guards that read the form are judged when the
    step is taken. Scripts are chosen by motive, segment and emotion: `stage.script` for now, an item's `script` for after.
    """
    found, stage, steps = await open_actions(call.desk, call.actor, call.id)
    definition = await definition_of(call.desk, found.complaint)
    lang = call.lang
    items = [
        {
            "name": step.transition.name,
            "title": step.transition.title.in_(lang),
            "to": step.to,
            "allowed": step.allowed,
            "reasons": [{"code": r.code, "message": r.message(lang), "where": r.where} for r in step.reasons],
            "form": step.schema(lang),
            "note_required": step.note_required,
            "script": script_of(definition.stage(step.to), found, lang),
        }
        for step in steps
    ]
    here = {"name": stage.name, "title": stage.title.in_(lang), "kind": stage.kind, "script": script_of(stage, found, lang)}
    return ok({"stage": here, "items": items}, version=found.complaint["version"])


def script_of(stage: Stage, found: Found, lang: Lang) -> str | None:
    """The words of the stage that fit this customer."""
    complaint = found.complaint
    words = say(stage, motives=complaint["motives"], segment=found.customer["segment"], emotion=complaint["emotion"])
    return words.in_(lang) if words else None
