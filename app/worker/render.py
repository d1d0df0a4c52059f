"""What a message says, made at the moment of sending from the workflow's words: nothing of it lies in the outbox."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.customers.profile import Profile, open_profile
from app.customers.queries import by_id
from app.db.json import dumps
from app.desk.desk import Desk
from app.outbox.deliver import Render, Undeliverable
from app.texts import Lang, Words, say

_BLANK = re.compile(r"\{([a-z_]+)\}")
REACHED_BY = {"sms": "phone", "email": "email"}
"""By which field of the profile a topic reaches the customer."""
Row = Mapping[str, Any]


def renderer(desk: Desk) -> Render:
    """Makes bodies of outbox rows at `desk`."""

    async def render(row: Row, personal: bool) -> bytes:
        return dumps(await body(desk, row, personal)).encode()

    return render


async def body(desk: Desk, row: Row, personal: bool) -> dict[str, Any]:
    """The JSON of a message: its id, topic, complaint and customer, and the text in both languages, or the row's own data.

    Only with `personal` are the customer's name filled in and the CRM's id and the address given. Raises Undeliverable
    for a customer whose personal data were erased, and for a message that the workflow does not know.
    """
    payload = row["payload"]
    told: dict[str, Any] = {"id": row["id"], "topic": row["topic"], "created_at": row["created_at"]}
    if row["complaint_id"] is not None:
        told["complaint"] = {"id": row["complaint_id"], "number": payload.get("number")}
    async with desk.runtime.db.read() as conn:
        profile = Profile()
        if row["customer_id"] is not None:
            customer = await by_id(conn, row["customer_id"])
            if customer is None or customer["wrapped"] is None:
                raise Undeliverable("customer_erased")
            told["customer"] = {"id": customer["id"]}
            if personal:
                profile = open_profile(desk.vault.unwrap(customer["wrapped"]), customer)
                told["customer"] |= {"external_id": profile.external_id}
                told["to"] = getattr(profile, REACHED_BY.get(row["topic"], ""), None)
        if "message" not in payload:
            return {**told, "data": payload}
    definition = await desk.workflow(payload["workflow"], payload["workflow_version"])
    words = definition.messages.get(payload["message"])
    if words is None:
        raise Undeliverable("message_unknown")
    return {
        **told,
        "message": payload["message"],
        "text": texts(words, payload.get("number"), profile.name, payload.get("fill"), personal=personal),
    }


def texts(
    words: Words, number: str | None, name: str | None, fill: Mapping[str, Any] | None = None, *, personal: bool
) -> dict[Lang, str]:
    """`words` with {number} and the blanks of `fill` filled and, with `personal`, {name}; any other is left to the gateway."""
    filled: dict[Lang, str] = {}
    for lang in ("zh", "en"):
        known = {"number": number or "", **(fill or {}).get(lang, {})}
        if personal:
            known["name"] = name or say(lang, "outbox.customer")
        # In one pass: what a name holds in braces is the name, no blank.
        filled[lang] = _BLANK.sub(lambda blank, known=known: known.get(blank[1], blank[0]), words.in_(lang))  # type: ignore[misc]
    return filled
