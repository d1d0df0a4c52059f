"""The file of the master key: made once, read by its owner alone, never defaulted, never logged."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.errors import AmendsError, Reason
from app.settings import Settings

LENGTH: Final = 32


class MasterKeyRefused(AmendsError):
    """The master key is missing, malformed, open to others, or not the one that this database was sealed with."""

    code = "master_key_refused"


def load_master_key(settings: Settings, *, make: bool = True) -> bytes:
    """The master key of AMENDS_MASTER_KEY_FILE, else of `var/master.key`, which `make` makes when there is none yet.

    A file that was named by the operator is never made here: it is missing because a mount or a path is wrong, and a
    fresh key in its place would make everything sealed so far unreadable. Raises MasterKeyRefused.
    """
    if settings.master_key_file is not None:
        return read_master_key(settings.master_key_file)
    path = settings.var / "master.key"
    if make and not path.exists():
        make_master_key(path)
    return read_master_key(path)


def read_master_key(path: Path) -> bytes:
    """32 bytes, stored as base64 text or raw. Raises MasterKeyRefused with the remedy."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(200)
    except OSError as error:
        raise _refused("master_key_missing", path, error=error.strerror or str(error)) from error
    # One's own file is for oneself alone; a file of another owner (a mounted secret) may be read through its group.
    forbidden = 0o077 if status.st_uid == os.geteuid() else 0o027
    if stat.S_IMODE(status.st_mode) & forbidden:
        raise _refused("master_key_open_to_others", path, mode=f"{stat.S_IMODE(status.st_mode):04o}")
    if len(content) == LENGTH:
        return content
    with suppress(binascii.Error, ValueError):
        key = base64.b64decode(content.strip(), validate=True)
        if len(key) == LENGTH:
            return key
    raise _refused("master_key_wrong_length", path)


def make_master_key(path: Path) -> None:
    """Make a random key at `path`, mode 0600, whole or not at all; leave one that another process made first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(LENGTH)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        # A link fails where the name exists, so that the first of two processes wins and nobody reads half a key.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refused(code: str, path: Path, **params: object) -> MasterKeyRefused:
    return MasterKeyRefused(Reason(code, str(path), {"path": str(path), **params}))
