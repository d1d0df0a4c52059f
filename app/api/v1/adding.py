"""What is only added to a complaint: notes and contacts. No If-Match: each reads again and decides."""

from __future__ import annotations

from typing import Final

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import changed, picked
from app.api.v1.schemas import answers_more as out
from app.api.v1.schemas.adding import ContactBody, NoteBody
from app.desk import adding as desk
from app.desk.touch import Touch
from app.desk.touch import add_contact as keep_contact

adding = Operations("adding")
ETAG: Final = {"ETag": "The version of the complaint, for If-Match."}
MAY_CONFLICT: Final = frozenset({409})


@adding.post(
    "/v1/complaints/{id:uuid}/notes",
    {201: Gives("Kept.", out.Added, ETAG)},
    body=NoteBody,
    problems=MAY_CONFLICT,
    examples={"note": {"text": "Asks to be called after six."}},
)
async def add_note(call: Call, body: NoteBody) -> Sent:
    """Keep a note.

    Its words are sealed and can be searched; the version of the complaint stays.
    """
    render = changed(call.desk, call.lang, status=201)
    return await desk.add_note(call.desk, call.actor, call.by, call.id, body.text, call.reply(render))


@adding.post(
    "/v1/complaints/{id:uuid}/contacts",
    {201: Gives("Recorded.", out.ContactAdded, ETAG)},
    body=ContactBody,
    problems=MAY_CONFLICT,
    examples={
        "answered": {
            "direction": "out",
            "channel": "phone",
            "outcome": "answered",
            "verification": 2,
            "emotion_start": 4,
            "emotion_end": 2,
        }
    },
)
async def add_contact(call: Call, body: ContactBody) -> Sent:
    """Record a contact with the customer.

    The version moves only where a fact changes: when the customer was last spoken with, verification, emotion, a call
    attempt. Word from a customer for whom the complaint waits (unreachable, say) moves it on at once, as the step that the
    workflow has for it; `events` then tells of both.
    """
    render = changed(call.desk, call.lang, picked(out.Contact), status=201)
    return await keep_contact(call.desk, call.actor, call.by, call.id, Touch(**body.model_dump()), call.reply(render))
