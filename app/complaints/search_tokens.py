"""Search over sealed texts: what is stored of a text so that parts of it can be found, and what a query asks for. Pure.

Every substring of the folded text can be found, in Chinese, English and mixtures, and nothing else is: hits equal those
of a scan. A text gives two things, both of keyed hashes only:

- `grams`, a set of 48-bit numbers: each character, each pair of adjacent characters and, where the script has few
  letters (Latin, digits, punctuation), each run of three and of four. A pair of Chinese characters is rare enough to find
  a text by; of Latin pairs every English text has most, and only fours narrow a search. The inverted index holds these.
- `trail`, 6 bytes a pair in the order of the text. A longer query has to appear in it as one piece, so that texts which
  have the same grams in another order are told apart inside the database, without opening a text.

The week in which the complaint was opened is one more gram, in plain: it lets a search go from new to old without looking
at all hits (`search_sql.find`).

There is no word segmentation (it missed 14 of 30 substrings), no stop word, no limit on the length of a text. White space
is folded to one space and kept as a character, so that "he c" finds "the call".

What this gives away to a thief of the database *without* the master key: which texts share characters, how often, and in
which order: material for breaking a cipher, as in any index that finds parts of words. The rows of a customer are
therefore deleted with the customer's key (`search_sql.forget`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from hashlib import blake2b
from operator import add, itemgetter
from pathlib import Path
from typing import Any, Final
from uuid import UUID

STEP: Final = 6
"""Bytes of a hash. With a million different grams stored, one query in 10**8 meets a stranger's hash."""
_SPACES: Final = re.compile(r"\s+")
_WEEK: Final = 7 * 24 * 3600
_MANY: Final = 24  # grams asked of the index; more would not narrow it, and the trail is compared in full
_CACHED: Final = 50_000  # hashes kept, some 12 MB: more than the grams in daily use
# Scripts with few letters stand before the CJK blocks.
_NARROW: Final = re.compile(r"[\0-\u2e7f]{3,}")
_PARTS: Final = re.compile(f"({_NARROW.pattern})")
_LITTLE: Final = frozenset("的了是我你他她它们您不在有就这那和也都很要没说到吗呢吧啊呀给个一还又再把被让从为什么怎")
_WORDS: Final = re.compile(r"[^\W\d_\u0000-\u2e7f]+|[^\W\d_\u2e80-\U0010ffff]+")  # letters of wide scripts, of narrow ones
_FULL_WIDTH: Final = {0x3000: " "} | {full: chr(full - 0xFEE0) for full in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True, slots=True)
class Indexed:
    """What is stored of a text."""

    grams: tuple[int, ...]  # distinct; in no order that tells of the text
    trail: bytes


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a text must have to be a hit: all of `grams` and, where `trail` is given, that piece in its own trail.

    `exact`: the grams alone decide; the trail is then only a quicker way to test a text that is at hand.
    """

    grams: tuple[int, ...]
    trail: bytes | None  # None for a single character
    exact: bool


def fold(text: str) -> str:
    """The form in which texts and queries are compared.

    NFC, full-width to ASCII, traditional to simplified, case folded, white space to one space. Character by character
    and without regard to the context, so that a part of a text folds to a part of the folded text.
    """
    folded = unicodedata.normalize("NFC", text).translate(_table()).casefold()
    return _SPACES.sub(" ", folded)


class _Hashes(dict[str, tuple[int, bytes]]):
    """Gram -> (number, the same as bytes), made when first asked for. A dict answers without a call: most of the work."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._key = key

    def __missing__(self, gram: str) -> tuple[int, bytes]:
        text = gram.encode("utf-8", "surrogatepass")
        step = blake2b(text, key=self._key, digest_size=STEP, person=b"amends-search-v1").digest()
        found = (int.from_bytes(step, "big"), step)
        if len(self) >= _CACHED:
            self.clear()
        self[gram] = found
        return found


_hashes_of = lru_cache(maxsize=4)(_Hashes)


class SearchTokens:
    """Makes rows and queries with one key (`Vault.search_key`). Cheap to make: the hashes of a key are kept by the process."""

    def __init__(self, key: bytes) -> None:
        self._hashes = _hashes_of(key)

    def row(self, text: str, *, text_id: UUID, complaint_id: UUID, customer_id: UUID, opened_at: datetime) -> dict[str, Any]:
        """The row of `search_text` for one text of a complaint opened at `opened_at`."""
        indexed = self.index(text)
        return {
            "text_id": text_id,
            "complaint_id": complaint_id,
            "customer_id": customer_id,
            "opened_at": opened_at,
            "trail": indexed.trail,
            "grams": [*indexed.grams, week_of(opened_at)],
        }

    def index(self, text: str) -> Indexed:
        """What to store of `text`. About 0.15 ms for 200 characters; linear."""
        folded = fold(text)
        hashes = self._hashes.__getitem__
        trail = list(map(hashes, map(add, folded, folded[1:])))
        others = set(folded)
        for run in _NARROW.findall(folded):
            others.update(_runs_of(3, run))
            others.update(_runs_of(4, run))
        grams = set(map(_NUMBER, trail))
        grams.update(map(_NUMBER, map(hashes, others)))
        return Indexed(tuple(grams), b"".join(map(_STEP, trail)))

    def pieces(self, text: str) -> dict[int, str]:
        """What tells `text` from others: its rarest grams by their number in the index, without signs and little words."""
        keys: list[str] = []
        for n, part in enumerate(_PARTS.split(fold(text))):  # wide and narrow ones in turn
            keys += _runs_of(min(4, len(part)), part) if n % 2 else map(add, part, part[1:])
        hashes = self._hashes
        return {hashes[key][0]: key for key in keys if key.isalnum() and _LITTLE.isdisjoint(key)}

    def telling(self, text: str) -> dict[int, list[tuple[int, int]]]:
        """The grams of `text` by which likeness is told, each with where it stands in the folded text: (start, end).

        Pairs of characters of a wide script, runs of four inside a word of a narrow one (the whole of a word of three);
        punctuation and spaces tell nothing, and numbers differ from case to case.
        """
        folded = fold(text)
        found: dict[int, list[tuple[int, int]]] = {}
        for run in _WORDS.finditer(folded):
            word, start = run.group(), run.start()
            size = 2 if word[0] > "\u2e7f" else min(4, len(word))
            if size < 2 or (size < 3 and word[0] <= "\u2e7f"):
                continue
            for at, gram in enumerate(_runs_of(size, word), start):
                found.setdefault(self._hashes[gram][0], []).append((at, at + size))
        return found

    def query(self, text: str) -> SearchQuery | None:
        """What finds `text`; None when there is nothing to look for. The caller strips what a person typed around it."""
        folded = fold(text)
        if not folded:
            return None
        hashes = self._hashes
        if len(folded) == 1:
            return SearchQuery((hashes[folded][0],), None, exact=True)
        chosen = list(dict.fromkeys(_keys(folded)))
        # Spread over the whole query when there are too many: neighbours say nearly the same.
        kept = chosen[:: -(-len(chosen) // _MANY)]
        trail = b"".join(hashes[pair][1] for pair in map(add, folded, folded[1:]))
        return SearchQuery(tuple(sorted(hashes[key][0] for key in kept)), trail, exact=chosen == [folded])


def week_of(at: datetime) -> int:
    """The week of an instant, counted from 1970: a number far below all hashes."""
    return max(0, int(at.timestamp()) // _WEEK)


def start_of(week: int) -> datetime:
    """The first instant of a week, UTC."""
    return datetime.fromtimestamp(week * _WEEK, UTC)


_NUMBER: Final = itemgetter(0)
_STEP: Final = itemgetter(1)


def _runs_of(size: int, text: str) -> Iterator[str]:
    return map("".join, zip(*(text[start:] for start in range(size)), strict=False))


def _keys(folded: str) -> Iterator[str]:
    """The rarest grams that cover a query of two or more characters: fours or threes where there are, pairs elsewhere."""
    covered: set[int] = set()  # starts of pairs that stand inside a three or four
    for run in _NARROW.finditer(folded):
        yield from _runs_of(min(4, len(run.group())), run.group())
        covered.update(range(run.start(), run.end() - 1))
    yield from (folded[i : i + 2] for i in range(len(folded) - 1) if i not in covered)


@cache
def _table() -> dict[int, str]:
    """Character -> character: full-width to ASCII, traditional to simplified. Read at the first search or text."""
    lines = (Path(__file__).parent / "traditional.txt").read_text("utf-8").splitlines()
    pairs = (pair for line in lines if not line.startswith("#") for pair in line.split())
    return _FULL_WIDTH | {ord(pair[0]): pair[1] for pair in pairs}
