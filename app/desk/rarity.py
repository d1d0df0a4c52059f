"""How rare grams are, counted from time to time and kept by the process: what likeness is weighed by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from app.complaints.likeness import Rarity
from app.complaints.similar_sql import rarity_of

FRESH: Final = timedelta(hours=1)
FEW: Final = 200


@dataclass(slots=True)
class KnownRarity:
    """How rare grams are, as counted last; one of a process, in the desk."""

    at: datetime | None = None
    rarity: Rarity = field(default_factory=lambda: Rarity(0, {}))

    async def now(self, conn: AsyncConnection, at: datetime) -> Rarity:
        """Counted anew every hour, and while there is too little to count."""
        if self.at is None or abs(at - self.at) >= FRESH or self.rarity.texts < FEW:
            self.rarity, self.at = await rarity_of(conn), at
        return self.rarity
