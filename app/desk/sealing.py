"""Personal words of a step: sealed under the customer's key, indexed by keyed hashes, referred to everywhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access.sealed import SealedText, seal_text
from app.access.tables import text as text_table
from app.access.vault import DataKey
from app.complaints.search_tokens import SearchTokens
from app.complaints.tables import search_text
from app.db.statement import Insert
from app.workflow.definition import Transition

_INLINE = 1000
"""Characters up to which indexing stays below 2 ms; longer texts are indexed in a thread."""


class Sealer:
    """Collects the rows of every text it seals for one complaint."""

    def __init__(
        self, tokens: SearchTokens, key: DataKey, customer_id: UUID, complaint_id: UUID, at: datetime, opened_at: datetime
    ) -> None:
        self._tokens, self._key = tokens, key
        self._customer, self._complaint, self._at, self._opened_at = customer_id, complaint_id, at, opened_at
        self.inserts: list[Insert] = []

    def seal(self, plaintext: str) -> SealedText:
        """`plaintext` sealed and indexed; its rows are kept in `inserts`."""
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

    async def sealed(self, plaintext: str) -> SealedText:
        """`seal`, in a thread where the text is long."""
        if len(plaintext) <= _INLINE:
            return self.seal(plaintext)
        return await asyncio.to_thread(self.seal, plaintext)

    def data(self, transition: Transition, data: Mapping[str, Any]) -> dict[str, Any]:
        """A form's data with every sealed field replaced by its reference."""
        if transition.form is None:
            return {}
        fields = transition.form.by_name
        return {
            name: self.seal(value).reference if fields[name].sealed and isinstance(value, str) else value
            for name, value in data.items()
        }
