"""The reference of the command line, made from the tree of commands."""

# ruff: noqa: INP001 - pages stand here, no package
from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Final, get_args
from uuid import UUID

import typer.main

from app.cli.commands import cli
from docs.reference.from_code import cell, table

_TYPES: Final[Mapping[type, str]] = {str: "text", int: "number", Path: "path", UUID: "id"}


def commands() -> Iterator[str]:
    """Every command with its arguments and options."""
    yield from _below(typer.main.get_command(cli), "amends")


def _below(command: Any, path: str) -> Iterator[str]:
    for name, inner in command.commands.items():
        if inner.hidden:
            continue
        yield from _group(inner, f"{path} {name}") if hasattr(inner, "commands") else _one(inner, f"{path} {name}")


def _group(command: Any, path: str) -> Iterator[str]:
    yield from ("", f"## {path} …", "", cell(command.help or ""))
    yield from _below(command, path)


def _one(command: Any, path: str) -> Iterator[str]:
    arguments = [_shown(p) for p in command.params if p.param_type_name == "argument"]
    yield from ("", f"### {' '.join([path, *arguments])}", "", cell(command.help or ""), "")
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    said = [p for p in command.params if p.param_type_name == "argument" and getattr(p, "help", None)]
    if not options and not said:
        return
    rows = [[f"`{_shown(p)}`", _kind(p), "", p.help or ""] for p in said]
    rows += [[_names(p), _kind(p), _default(p), p.help or ""] for p in options]
    yield from table(["option", "takes", "default", "meaning"], rows)


def _shown(param: Any) -> str:
    name = str(param.name).rstrip("_").upper()
    name = f"{name}…" if param.nargs == -1 else name
    return name if param.required else f"[{name}]"


def _names(param: Any) -> str:
    names = [*param.opts, *param.secondary_opts]
    return " / ".join(f"`{name}`" for name in names) + (" (required)" if param.required else "")


def _kind(param: Any) -> str:
    if getattr(param, "is_flag", False):
        return "–"
    several = ", several times" if param.multiple else ""
    bounds = ""
    if param.min is not None or param.max is not None:
        bounds = f" {'' if param.min is None else param.min}…{'' if param.max is None else param.max}"
    return _TYPES[_plain(param.type_descriptor.annotation)] + bounds + several


def _plain(annotation: Any) -> Any:
    """`int` of int, int | None, list[int]."""
    inner = [kind for kind in get_args(annotation) if kind is not NoneType]
    return _plain(inner[0]) if inner else annotation


def _default(param: Any) -> str:
    value = param.default
    if value is None or value is ... or callable(value) or getattr(param, "required", False) or value in ((), []):
        return ""
    if getattr(param, "is_flag", False) and not param.secondary_opts:
        return ""
    if param.secondary_opts:
        return f"`{(param.opts if value else param.secondary_opts)[0]}`"
    return f"`{value}`"
