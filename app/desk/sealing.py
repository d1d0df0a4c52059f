"""Personal words of a step: sealed under the customer's key, indexed by keyed hashes, referred to everywhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access.sealed import SealedText, seal_text
from app.access.tables import text as text_table
from app.access.vault import DataKey
from app.complaints.search_tokens import SearchTokens
from app.complaints.tables import search_text
from app.db.statement import Insert
from app.errors import Invalid, Reason, Refused
from app.workflow.definition import Transition

_INLINE = 1000
"""Characters up to which indexing stays below 2 ms; longer texts are indexed in a thread."""


class Sealer:
    """Collects the rows of every text it seals for one complaint.

    `key` None: the customer was erased, and no words are kept any more. Each of the methods then raises Refused for words
    that it is given, naming their place; what has no words goes on.
    """

    def __init__(
        self, tokens: SearchTokens, key: DataKey | None, customer_id: UUID, complaint_id: UUID, at: datetime, opened_at: datetime
    ) -> None:
        self._tokens, self._key = tokens, key
        self._customer, self._complaint, self._at, self._opened_at = customer_id, complaint_id, at, opened_at
        self.inserts: list[Insert] = []

    def seal(self, plaintext: str, where: str) -> SealedText:
        """`plaintext` sealed and indexed; its rows are kept in `inserts`. `where` it stood in the request."""
        if self._key is None:
            raise _refused([where])
        sealed = seal_text(self._key, self._customer, plaintext, self._at)
        self.inserts.append(Insert(text_table, sealed.row))
        row = self._tokens.row(
            plaintext,
            text_id=sealed.id,
            complaint_id=self._complaint,
            customer_id=self._customer,
            opened_at=self._opened_at,
        )
        self.inserts.append(Insert(search_text, row))
        return sealed

    async def sealed(self, plaintext: str, where: str) -> SealedText:
        """`seal`, in a thread where the text is long."""
        if len(plaintext) <= _INLINE:
            return self.seal(plaintext, where)
        return await asyncio.to_thread(self.seal, plaintext, where)

    def step(self, transition: Transition, data: Mapping[str, Any], note: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a step records: its form's data with every sealed field replaced by its reference, and {"note": reference}."""
        fields = transition.form.by_name if transition.form is not None else {}
        words = {name for name, value in data.items() if fields[name].sealed and isinstance(value, str)}
        if self._key is None and (words or note):
            raise _refused([*(f"data.{name}" for name in data if name in words), *(["note"] if note else [])])
        kept = {name: self.seal(value, name).reference if name in words else value for name, value in data.items()}
        return kept, {"note": self.seal(note, "note").reference} if note else {}


def sealed_network(sealer: Sealer, told: Mapping[str, Any] | None) -> tuple[str | None, dict[str, Any] | None]:
    """What was told of a network fault, as (place, the rest): the spot and the device may lead to a person and are sealed."""
    if told is None:
        return None, None
    kept = {name: sealer.seal(told[name], f"network.{name}").reference for name in ("spot", "device") if told.get(name)}
    since = told.get("since")
    return told.get("place"), {**({"since": since.isoformat()} if since else {}), **kept}


def check_network(told: Mapping[str, Any] | None, at: datetime) -> None:
    """Raise Invalid for a fault that began in the future."""
    if told is not None and told.get("since") is not None and told["since"] > at:
        raise Invalid(Reason("in_the_future", "network.since"))


def _refused(places: Sequence[str]) -> Refused:
    return Refused(*(Reason("words_of_erased", where) for where in places), code="change_refused")
