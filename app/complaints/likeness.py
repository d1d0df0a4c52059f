"""How alike two cases are, and why: by the rare word grams that they share, and by their tags. Pure.

What is stored of other cases are hashes, which cannot be read back. So the shared words are told from the words of the
complaint at hand, which whoever asks may read anyway.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Places = Mapping[int, Sequence[tuple[int, int]]]
"""Gram → where it stands in the folded text."""
Weights = Mapping[int, float]
"""Gram → how telling it is."""
WORDS_COUNT: Final = 0.75
"""The share of the words in a likeness; the rest is that of the tags."""
SINGLES: Final = 10


@dataclass(frozen=True, slots=True)
class Rarity:
    """How many of a sample of texts have each gram."""

    texts: int
    counts: Mapping[int, int]

    @classmethod
    def of(cls, sample: Iterable[Collection[int]]) -> Rarity:
        """Counted over the gram sets of `sample`."""
        counts: Counter[int] = Counter()
        texts = 0
        for grams in sample:
            counts.update(grams)
            texts += 1
        return cls(texts, counts)

    def weight(self, gram: int) -> float:
        """The inverse document frequency: 0 for what every text has."""
        return math.log((self.texts + 1) / (self.counts.get(gram, 0) + 0.5)) if self.texts else 1.0


@dataclass(frozen=True, slots=True)
class Probes:
    """What the inverted index is asked: sets of grams that a candidate has to have, from strict to loose, each with a weight.

    `any_of`: grams that no text of the sample has; whoever shares even one of them is a candidate.
    """

    all_of: tuple[tuple[tuple[int, ...], float], ...]
    any_of: tuple[int, ...]


def probes(own: Places, rarity: Rarity) -> Probes:
    """The rarest grams of a text, alone and together; neighbours are left out, for they say the same."""
    ranked = sorted(own, key=lambda gram: (-rarity.weight(gram), own[gram][0]))
    unseen = tuple(gram for gram in ranked if rarity.counts.get(gram, 0) == 0)[:24]
    chosen: list[int] = []
    taken: set[int] = set()
    for gram in ranked:
        start = own[gram][0][0]
        if rarity.counts.get(gram, 0) == 0 or taken & {start - 1, start, start + 1}:
            continue
        chosen.append(gram)
        taken.add(start)
        if len(chosen) == SINGLES:
            break
    together = [tuple(chosen[:6]), tuple(chosen[:3]), tuple(chosen[3:6]), tuple(chosen[::3])]
    sets = [*(one for one in dict.fromkeys(together) if len(one) > 1), *((gram,) for gram in chosen)]
    return Probes(tuple((one, sum(rarity.weight(gram) for gram in one)) for one in sets), unseen)


def weights_of(own: Places, rarity: Rarity) -> dict[int, float]:
    """What each gram of a text weighs: made once, used for all that it is compared with."""
    return {gram: rarity.weight(gram) for gram in own}


def words_like(own: Weights, other: frozenset[int]) -> float:
    """0 to 1: how much of the weight of a text's own grams the other one has; a very long other text counts less."""
    whole = sum(own.values())
    if whole <= 0:
        return 0.0
    shared = sum(own[gram] for gram in own.keys() & other)
    longer = max(1.0, len(other) / max(1, 3 * len(own)))
    return shared / whole / (1 + 0.25 * math.log(longer))


def tags_like(own: Collection[str], other: Collection[str]) -> float:
    """0 to 1: the leaves that both have, among all; a common group alone counts a third."""
    if not own or not other:
        return 0.0
    if set(own) & set(other):
        return len(set(own) & set(other)) / len(set(own) | set(other))
    groups = {tag.partition(".")[0] for tag in own} & {tag.partition(".")[0] for tag in other}
    return 1 / 3 if groups else 0.0


def likeness(words: float, tags: float) -> float:
    """Both together, 0 to 1."""
    return WORDS_COUNT * words + (1 - WORDS_COUNT) * tags


def shared_words(folded: str, own: Places, weights: Weights, other: Collection[int], most: int = 5) -> list[str]:
    """The pieces of the text at hand that the other one has too, the most telling first."""
    hits = sorted((start, end, weights[gram]) for gram, places in own.items() if gram in other for start, end in places)
    runs: list[tuple[int, int, float]] = []
    for start, end, weight in hits:
        if runs and start < runs[-1][1]:
            first, last, sum_ = runs[-1]
            runs[-1] = (first, max(last, end), sum_ + weight)
        else:
            runs.append((start, end, weight))
    ranked = sorted(runs, key=lambda run: -run[2])
    return list(dict.fromkeys(folded[start:end] for start, end, _ in ranked))[:most]
