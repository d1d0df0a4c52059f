"""Who acts: the frozen value that every use case is given."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.access.roles import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A user as of this request. `token_id` is the token shown; None where no token was (timers, command line)."""

    id: UUID
    name: str
    display: str
    roles: frozenset[str]
    team: str | None = None
    token_id: UUID | None = None

    def any_of(self, *roles: str) -> bool:
        """Whether the actor holds at least one of `roles`."""
        return not self.roles.isdisjoint(roles)


SYSTEM = Actor(UUID(int=0), "system", "system", frozenset({Role.SYSTEM.value}))
"""Timers, jobs and the worker: the same door as everybody, as themselves."""
