"""`segments.yaml`: how each group of customers is served, as a table. Read and checked with every mistake at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from app.texts import Words
from app.workflow.problems import DefinitionError, Problem, Problems, TooMany
from app.workflow.reader import Reader, Section
from app.workflow.reading import chosen, number, titled
from app.workflow.yaml_source import Node, Scalar

SEGMENTS: Final = "segments"
"""The kind of the definition, and its name."""
OWNERS: Final = ("first_contact", "account_manager", "team")
DEPTHS: Final = ("light", "standard", "deep")
KINDS: Final = ("opportunity", "advisor")
LAST: Final = 1_000
"""The rank of a customer without a segment, or of one that the table does not know."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The strategy for one group.

    `rank`: 1 is served first where deadlines are equal. `owner`: who answers for a new complaint. `account_manager`: customers
    have one, who is told of each complaint even where he does not own it. `families` None: whatever fits.
    """

    name: str
    title: Words
    rank: int
    owner: str
    account_manager: bool
    care: str
    families: tuple[str, ...] | None
    offers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Segments:
    """The table as published. `families`: the offer families that it may name."""

    version: int = 0
    title: Words = field(default_factory=lambda: Words("客户群", "Segments"))
    families: Mapping[str, Words] = field(default_factory=dict)
    table: Mapping[str, Segment] = field(default_factory=dict)

    def of(self, name: str | None) -> Segment | None:
        """The strategy for a customer's segment; None where the table has none."""
        return None if name is None else self.table.get(name)


def load_segments(text: str, *, version: int = 0, source: str = "segments.yaml") -> Segments:
    """The table in `text`. Raises DefinitionError with every problem, its line, its column and the nearest right name."""
    found = _loaded(text)
    if not isinstance(found, Segments):
        raise DefinitionError(found, source)
    return replace(found, version=version)


@lru_cache(maxsize=16)
def _loaded(text: str) -> Segments | Sequence[Problem]:
    """The table, or what is wrong. Kept, as workflows are: a start checks, publishes and runs the same text."""
    problems = Problems()
    segments: Segments | None = None
    with suppress(TooMany):
        segments = _read(Reader(text.removeprefix("\ufeff"), problems))
    return problems.sorted() if problems or segments is None else segments


def _read(reader: Reader) -> Segments | None:
    root = reader.root(required=("title", "segments"), optional=("families",))
    if root is None:
        return None
    title = root.words("title")
    families = titled(root, "families")
    table: dict[str, Segment] = {}
    ranks: dict[int, str] = {}
    for named, node in root.entries("segments").items():
        found = _segment(reader, named.text, node, families)
        if found is None:
            continue
        if found.rank in ranks:
            reader.problems.add(named.mark, "rank_twice", name=named.text, other=ranks[found.rank])
        ranks.setdefault(found.rank, found.name)
        table[found.name] = found
    return None if title is None else Segments(0, title, families, table)


def _segment(reader: Reader, name: str, node: Node, families: Mapping[str, Words]) -> Segment | None:
    section = reader.section(node, required=("title", "rank", "owner", "care", "offers"), optional=("account_manager", "families"))
    if section is None:
        return None
    title, rank = section.words("title"), number(section, "rank", 1, LAST - 1)
    owner = section.one_of("owner", OWNERS, "unknown_owner_type")
    care = section.one_of("care", DEPTHS, "unknown_care_depth")
    manager = section.flag("account_manager")
    if owner == "account_manager" and not manager:
        reader.problems.add(section.mark_of("owner"), "owner_without_manager")
    if title is None or rank is None or owner is None or care is None:
        return None
    offers = _names(section, "offers", KINDS, "unknown_offer_kind")
    fitting = None if _says(section, "families", "any") else _names(section, "families", families, "unknown_family")
    return Segment(name, title, rank, owner, manager, care, fitting, offers)


def _says(section: Section, name: str, word: str) -> bool:
    """Whether the key is absent, or is the one word that stands for everything."""
    node = section.get(name)
    return node is None or (isinstance(node, Scalar) and node.text == word)


def _names(section: Section, name: str, known: Mapping[str, Words] | tuple[str, ...], code: str) -> tuple[str, ...]:
    """One name or a list of `known` ones; `none` for nothing at all."""
    return () if _says(section, name, "none") else chosen(section, name, known, code)
