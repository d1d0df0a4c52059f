"""Builders of the feed tests: a target with a field of every type, maps and files from a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from app.integrations.feeds.binding import Bound, bind
from app.integrations.feeds.map_loader import load
from app.integrations.feeds.mapping import Map
from app.integrations.feeds.problems import FileRefused, MapError
from app.integrations.feeds.reader import FileSpec, Source, open_source
from app.integrations.feeds.targets import TargetField
from app.texts import Words


def field(name: str, kind: Any, **more: Any) -> TargetField:
    return TargetField(name, kind, Words(name, name), **more)


@dataclass(frozen=True)
class Shelf:
    """A target of the tests' own."""

    name: str = "things"
    fields: Mapping[str, TargetField] = None  # type: ignore[assignment]
    key: tuple[str, ...] = ("ref",)
    attributes: bool = True


THINGS = Shelf(
    fields={
        f.name: f
        for f in (
            field("ref", "id", required=True),
            field("title", "text", max_length=50),
            field("owner", "text", personal=True, max_length=20),
            field("born", "date", personal=True),
            field("count", "integer", low=0, high=1_000),
            field("price", "money"),
            field("fresh", "boolean"),
            field("made", "date"),
            field("seen", "datetime"),
            field("size", "choice", choices=("small", "large")),
        )
    }
)


def made(text: str) -> Map:
    """The map of `text` (fields and more) for THINGS."""
    return load("target: things\n" + dedent(text), THINGS, source="map.yaml")


def bound(text: str, header: list[str]) -> Bound:
    return bind(made(text), header)


def opened(folder: Path, data: bytes | str, *, name: str = "things.csv", **spec: Any) -> Source:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return open_source(path, FileSpec(**spec))


def codes(error: FileRefused | MapError) -> list[str]:
    return [reason.code for reason in error.reasons]
