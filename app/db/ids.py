"""Identifiers made by the app: UUIDv7 keys and complaint numbers. No sequences, so that rows can be spread later."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

import uuid_utils

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(at: datetime) -> UUID:
    """A UUIDv7 of the instant `at` (millisecond order, random beyond)."""
    micros = int(at.timestamp() * 1_000_000)
    return UUID(int=uuid_utils.uuid7(micros // 1_000_000, (micros % 1_000_000) * 1000).int)


def first_id(at: datetime) -> UUID:
    """The smallest UUIDv7 of the millisecond of `at`: a bound for ranges and partitions."""
    millis = int(at.timestamp() * 1000)
    return UUID(int=(millis << 80) | (0x7 << 76) | (0x2 << 62))


def check_character(digits: str) -> str:
    """The check character of a number's body: finds any one wrong and most swapped characters."""
    total = sum((2 * i + 3) * _ALPHABET.index(c) for i, c in enumerate(digits))
    return _ALPHABET[total % 32]


def complaint_number(at: datetime) -> str:
    """A number that a person can read out: yymmdd, five random Crockford base32 characters, a check character."""
    body = at.strftime("%y%m%d") + "".join(secrets.choice(_ALPHABET) for _ in range(5))
    return body + check_character(body)


def is_number(text: str) -> bool:
    """Whether `text` is a well-formed complaint number (length, alphabet, check character)."""
    text = text.upper()
    return len(text) == 12 and all(c in _ALPHABET for c in text) and check_character(text[:-1]) == text[-1]
