"""Text composed of columns: {Column} is its cell, [ … ] a piece that is left out when one of its columns is blank."""

from __future__ import annotations

import re

from app.integrations.feeds.mapping import ColumnRef, Part, Place, Template

_PIECE = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{([^{}]*)\}|[\[\]{}]|[^\[\]{}]+")


class TemplateError(ValueError):
    """`code` is the key of its words, `detail` the piece that is wrong."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


def template(text: str, place: Place) -> Template:
    """The template `text`; braces and brackets that are meant as such are doubled. Raises TemplateError."""
    parts: list[Part] = []
    held: list[str | ColumnRef] = []
    inside = False

    def close(*, optional: bool) -> None:
        if held:
            parts.append(Part(tuple(held), optional))
            held.clear()

    for found in _PIECE.finditer(text):
        piece, column = found.group(), found.group(1)
        if column is not None:
            name = " ".join(column.split())
            if not name:
                raise TemplateError("template_empty_column", piece)
            held.append(ColumnRef(name, place))
        elif piece in {"[", "]"}:
            if inside == (piece == "["):
                raise TemplateError("template_brackets", text[found.start() : found.start() + 20])
            close(optional=inside)
            inside = not inside
        elif piece in {"{", "}"}:
            raise TemplateError("template_braces", text[found.start() : found.start() + 20])
        else:
            held.append(piece[0] if piece in {"{{", "}}", "[[", "]]"} else piece)
    if inside:
        raise TemplateError("template_brackets", text[-20:])
    close(optional=False)
    made = Template(tuple(parts))
    if not made.columns:
        raise TemplateError("template_no_column", text[:20])
    return made
