"""How rare grams are, counted from time to time and kept by the process: what likeness is weighed by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.complaints.likeness import Rarity
from app.complaints.similar_sql import rarity_of

FRESH: Final = timedelta(hours=1)
FEW: Final = 200
LESSONS: Final = 5_000


@dataclass(slots=True)
class KnownRarity:
    """How rare grams are, as counted last; the grams of lessons, which never change. One of a process, in the desk."""

    at: datetime | None = None
    rarity: Rarity = field(default_factory=lambda: Rarity(0, {}))
    lessons: dict[UUID, frozenset[int]] = field(default_factory=dict)

    async def now(self, conn: AsyncConnection, at: datetime) -> Rarity:
        """Counted anew every hour, and while there is too little to count."""
        if self.at is None or abs(at - self.at) >= FRESH or self.rarity.texts < FEW:
            self.rarity, self.at = await rarity_of(conn), at
        return self.rarity

    def lesson(self, case_id: UUID, make: Callable[[], Iterable[int]]) -> frozenset[int]:
        """The grams of a lesson, made when it is first met."""
        found = self.lessons.get(case_id)
        if found is None:
            if len(self.lessons) >= LESSONS:
                self.lessons.clear()
            found = self.lessons[case_id] = frozenset(make())
        return found
