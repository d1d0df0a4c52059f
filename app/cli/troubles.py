"""What stops a command before it begins, in words with the remedy: settings, port, database. A trace is for defects only."""

from __future__ import annotations

import errno

from app.errors import AmendsError, Reason


class SettingsInvalid(AmendsError):
    """A setting has a value that it cannot have; each reason names the setting."""

    code = "settings_invalid"


class PortTaken(AmendsError):
    """The address to listen on is used by another program, or is none of this machine."""

    code = "port_taken"


class DatabaseAway(AmendsError):
    """The database cannot be reached with AMENDS_DATABASE_URL."""

    code = "database_away"


def told(error: Exception) -> AmendsError | None:
    """`error` as one that has words; None for a defect."""
    from pydantic import ValidationError
    from sqlalchemy.exc import DBAPIError

    from app.db.engine import disconnected

    if isinstance(error, AmendsError):
        return error
    if isinstance(error, ValidationError) and error.title == "Settings":
        return SettingsInvalid(*(_setting(found["loc"], found["msg"]) for found in error.errors(include_url=False)))
    if isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES):
        return PortTaken(error=error.strerror or type(error).__name__)
    cause = error.orig if isinstance(error, DBAPIError) else error
    # The class of the state alone: what the driver says may hold the address with its password.
    state = str(getattr(cause, "sqlstate", "") or "")
    if disconnected(error) or state[:2] in ("08", "28", "3D"):
        return DatabaseAway(error=" ".join(filter(None, (type(cause).__name__, state))))
    return None


def _setting(place: tuple[int | str, ...], said: str) -> Reason:
    name = f"AMENDS_{place[0]}".upper() if place else "AMENDS_…"
    return Reason("setting_invalid", name, {"name": name, "said": said.removeprefix("Value error, ")})
