"""The one table of roles. Which route a role may take stands beside the routes; which step, in the workflow."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from app.errors import Invalid, Reason
from app.texts import Words
from app.texts import words as words_of


class Role(StrEnum):
    """What a person or program is to the house; their names stand in the texts under `access.roles`."""

    FIRST_LINE = "first_line"
    HANDLER = "handler"
    SHOP = "shop"
    ACCOUNT_MANAGER = "account_manager"
    SUPERVISOR = "supervisor"
    BACK_OFFICE = "back_office"
    MARKETER = "marketer"
    AUDITOR = "auditor"
    ADMIN = "admin"
    INTEGRATION = "integration"
    SYSTEM = "system"  # timers and the worker; never given to a person

    @property
    def words(self) -> Words:
        """The role's name for people."""
        return words_of(f"access.roles.{self.value}")


ROLES: frozenset[str] = frozenset(role.value for role in Role)
ASSIGNABLE: frozenset[str] = ROLES - {Role.SYSTEM.value}
"""The roles that a user may hold."""


def check_roles(roles: Iterable[str]) -> tuple[str, ...]:
    """`roles` sorted and without repeats; raises Invalid naming each that nobody may hold."""
    wanted = sorted(set(roles))
    known = ", ".join(sorted(ASSIGNABLE))
    wrong = [Reason("role_unknown", "roles", {"role": role, "known": known}) for role in wanted if role not in ASSIGNABLE]
    if wrong:
        raise Invalid(*wrong)
    return tuple(wanted)
