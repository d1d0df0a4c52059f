"""A command line that is not understood, told in the operator's language: what is wrong, where, and what is taken there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final, get_args
from uuid import UUID

import typer

from app.errors import AmendsError, Reason
from app.workflow.telling import cut, unknown

EXIT: Final = 2
"""The exit code by which a shell tells a mistyped command from one that failed."""


class CommandWrong(AmendsError):
    """The command line has an option, a value or a name that the command does not take, or lacks one that it needs."""

    code = "command_wrong"


def wrong(code: str, where: str, **params: object) -> CommandWrong:
    """The refusal of one option or argument; `where` as it is written on the command line."""
    return CommandWrong(Reason(code, where, params), command=_command(sys.argv[1:], None))


def told_usage(error: typer.TyperException, tree: Any, argv: Sequence[str]) -> CommandWrong | None:
    """What the parser found in `argv`, in our words; None where it shows the help, because nothing was asked.

    The parser tells its findings apart by the class alone, and keeps those classes to itself.
    """
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        return None
    context: Any = getattr(error, "ctx", None)
    command = getattr(context, "command", None)
    return CommandWrong(_reason(kind, error, command, tree, argv), command=_command(argv, tree))


def _reason(kind: str, error: Any, command: Any, tree: Any, argv: Sequence[str]) -> Reason:
    match kind:
        case "MissingParameter" if error.param is not None:
            return Reason("argument_missing" if error.param.param_type_name == "argument" else "option_missing", _name(error.param))
        case "BadParameter" if error.param is not None:
            return _value(error.param)
        case "NoSuchOption":
            own = {name for param in getattr(command, "params", ()) for name in (*param.opts, *param.secondary_opts)}
            known = {"--help", *(name for name in own if name.startswith("-"))}
            return unknown("option_unknown", error.option_name, error.option_name, known)
        case "BadOptionUsage":
            flag = any(
                error.option_name in (*p.opts, *p.secondary_opts) and getattr(p, "is_flag", False) for p in _params(tree, argv)
            )
            return Reason("option_takes_none" if flag else "option_takes_one", error.option_name)
        case "UsageError" if hasattr(command, "commands"):
            name = _path(argv, tree)[1]
            return unknown("command_unknown", cut(name), name, [n for n, c in command.commands.items() if not c.hidden])
        case "UsageError" if command is not None:
            return Reason("arguments_many", cut(argv[-1]))
        case _:
            return Reason("command_other", None, {"said": error.format_message()})


def _value(param: Any) -> Reason:
    """What the option takes, by its type."""
    kind = _plain(param.type_descriptor.annotation)
    where = _name(param)
    if kind is int:
        if param.min is None:
            return Reason("value_number", where)
        params = {"low": param.min, "high": param.max}
        return Reason("value_number_least" if param.max is None else "value_number_within", where, params)
    if kind is UUID:
        return Reason("value_id", where)
    return Reason("value_file", where)


def _plain(annotation: Any) -> Any:
    """`int` of int, int | None, list[int]."""
    inner = [kind for kind in get_args(annotation) if kind is not type(None)]
    return _plain(inner[0]) if inner else annotation


def _name(param: Any) -> str:
    return str(param.opts[0]) if param.param_type_name == "option" else str(param.name).rstrip("_").upper()


def _path(argv: Sequence[str], tree: Any) -> tuple[list[str], str]:
    """The commands that `argv` names one below the other, and the first word that is none."""
    found: list[str] = []
    for word in argv:
        if word.startswith("-"):
            continue
        below = getattr(tree, "commands", {})
        if word not in below:
            return found, word
        found, tree = [*found, word], below[word]
    return found, ""


def _params(tree: Any, argv: Sequence[str]) -> Sequence[Any]:
    for word in _path(argv, tree)[0]:
        tree = tree.commands[word]
    return list(tree.params)


def _command(argv: Sequence[str], tree: Any) -> str:
    """The command as far as it was understood."""
    words = _path(argv, tree)[0] if tree is not None else [word for word in argv[:2] if word.isalpha()]
    return " ".join(["amends", *words])
