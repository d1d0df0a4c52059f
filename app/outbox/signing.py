"""Standard Webhooks: who receives a message can prove that it came from here, unaltered and just now."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from app.errors import AmendsError

_PREFIX: Final = "whsec_"
_LONGEST: Final = timedelta(hours=24)


class OutboxSecretInvalid(AmendsError):
    """AMENDS_OUTBOX_SECRET is no secret of Standard Webhooks: `whsec_` and base64, several separated by spaces."""

    code = "outbox_secret_invalid"


class Signer:
    """Signs with each of the secrets given, so that a receiver can change from one to the next without a gap."""

    def __init__(self, secrets: str | None) -> None:
        self._keys = [_key(secret) for secret in (secrets or "").split()]

    def headers(self, message_id: str, body: bytes, at: datetime) -> dict[str, str]:
        """webhook-id and webhook-timestamp; webhook-signature too when there is a secret."""
        seconds = str(int(at.timestamp()))
        found = {"webhook-id": message_id, "webhook-timestamp": seconds}
        if self._keys:
            signed = f"{message_id}.{seconds}.".encode() + body
            marks = (base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in self._keys)
            found["webhook-signature"] = " ".join(f"v1,{mark}" for mark in marks)
        return found


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise OutboxSecretInvalid from error
    if not key:
        raise OutboxSecretInvalid
    return key


def retry_after(value: str | None, at: datetime) -> timedelta | None:
    """What a Retry-After header asks for (seconds or an HTTP date), a day at most; None when it is missing or nonsense."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=min(int(value[:9]), 10**6)), _LONGEST)
    try:
        until = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - at, timedelta(0)), _LONGEST)
