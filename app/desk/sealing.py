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
from app.errors import Reason, Refused
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


def _refused(places: Sequence[str]) -> Refused:
    return Refused(*(Reason("words_of_erased", where) for where in places), code="change_refused")
