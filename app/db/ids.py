"""Identifiers made by the app: UUIDv7 keys and complaint numbers. No sequences, so that rows can be spread later."""

from __future__ import annotations

import itertools
import os
from datetime import datetime
from uuid import UUID

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


_RUN_AHEAD = 50  # milliseconds by which a burst of one instant may run ahead of it before a jump back is believed


class _Sequence:
    """The 12 bits below the millisecond: its fraction, raised by one for each further id of the same instant.

    So the ids that one process makes at one instant, such as the events of several steps in one request, keep their order.
    """

    def __init__(self) -> None:
        self.last = (0, 0)

    def next(self, millis: int, fraction: int) -> tuple[int, int]:
        if self.last[0] - _RUN_AHEAD <= millis and (millis, fraction) <= self.last:
            millis, fraction = self.last[0], self.last[1] + 1
            if fraction > 0xFFF:
                millis, fraction = millis + 1, 0
        self.last = (millis, fraction)
        return self.last


_sequence = _Sequence()


def new_id(at: datetime) -> UUID:
    """A UUIDv7 of the instant `at`: 48 bits of milliseconds, 12 of order below (RFC 9562, 6.2), 62 random."""
    micros = int(at.timestamp() * 1_000_000)
    millis, fraction = _sequence.next(micros // 1000, (micros % 1000) * 4096 // 1000)
    rest = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=(millis << 80) | (0x7 << 76) | (fraction << 64) | (0x2 << 62) | rest)


_turns = itertools.count()


def ordered_id(at: datetime, seq: int) -> UUID:
    """A UUIDv7 of the instant `at` for a row of a series: by `at`, then by `seq`, then in the order in which this process made it.

    For what happens to one complaint, `seq` being its version: its times do not move on while a clock that was put back
    catches up, or between processes whose clocks differ, and `new_id` knows only of the ids of its own process.
    """
    micros = int(at.timestamp() * 1_000_000)
    order = (seq & 0xFFFF) << 46 | (next(_turns) & 0x3FFF) << 32 | int.from_bytes(os.urandom(4))
    return UUID(int=(micros // 1000 << 80) | (0x7 << 76) | (micros % 1000 * 4096 // 1000 << 64) | (0x2 << 62) | order)


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
    body = at.strftime("%y%m%d") + "".join(_ALPHABET[byte & 31] for byte in os.urandom(5))
    return body + check_character(body)


def is_number(text: str) -> bool:
    """Whether `text` is a well-formed complaint number (length, alphabet, check character)."""
    text = text.upper()
    return len(text) == 12 and all(c in _ALPHABET for c in text) and check_character(text[:-1]) == text[-1]
