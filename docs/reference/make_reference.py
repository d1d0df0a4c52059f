"""Writes the made parts of the reference pages from the code: `python -m docs.reference.make_reference`.

A page may hold words of its own around the marks; what stands between them is made here, and a house test holds that
making it again changes nothing.
"""

# ruff: noqa: INP001 - pages stand here, no package
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from docs.reference import from_api, from_cli, from_code

HERE: Final = Path(__file__).parent
DOCS: Final = HERE.parent
_MARKED: Final = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- /made -->)", re.DOTALL)

PARTS: Final[Mapping[str, Callable[[], Iterable[str]]]] = {
    "schemas": from_api.schemas,
    "problems": from_code.problems,
    "reasons": from_code.reasons,
    "events": from_code.events,
    "metrics": from_code.metrics,
    "facts": from_code.facts,
    "effects": from_code.effects,
    "roles": from_code.roles,
    "meanings": from_code.meanings,
    "commands": from_cli.commands,
    "layers": from_code.layers,
    "jobs_en": partial(from_code.jobs, "en"),
    "jobs_zh": partial(from_code.jobs, "zh"),
}
"""Every made part by the name in its mark."""


def pages() -> list[Path]:
    """The pages that have made parts."""
    return [page for page in sorted(DOCS.rglob("*.md")) if _MARKED.search(page.read_text("utf-8"))]


def made(text: str) -> str:
    """`text` with each marked part made anew. KeyError for a mark that names no part."""
    made_parts: dict[str, str] = {}

    def fill(found: re.Match[str]) -> str:
        name = found[2]
        if name not in made_parts:
            made_parts[name] = "\n".join(["", *PARTS[name](), "", ""])
        return found[1] + made_parts[name] + found[3]

    return _MARKED.sub(fill, text)


def main() -> None:
    """Write what differs."""
    for page in pages():
        text = page.read_text("utf-8")
        if (new := made(text)) != text:
            page.write_text(new, "utf-8")


if __name__ == "__main__":
    main()
