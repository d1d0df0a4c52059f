"""`amends`: the command line, another mouth of the same functions. One file a group of commands."""

from __future__ import annotations

import sys

import typer
import typer.main

from app.cli.base import show_error
from app.cli.commands import cli
from app.cli.troubles import told
from app.cli.usage import EXIT, CommandWrong, told_usage


def main() -> None:
    """Run the command line; an error that has words is told in them, without a trace.

    Exit code 1 where the command failed, 2 where the command line itself is not understood.
    """
    tree = typer.main.get_command(cli)
    try:
        code = tree.main(standalone_mode=False)
    except typer.Abort:
        sys.exit(1)
    except typer.TyperException as error:
        known = told_usage(error, tree, sys.argv[1:])
        if known is None:
            print(error.format_message(), file=sys.stderr)
        else:
            show_error(known)
        sys.exit(EXIT)
    except Exception as error:
        failed = told(error)
        if failed is None:
            raise
        show_error(failed)
        sys.exit(EXIT if isinstance(failed, CommandWrong) else 1)
    sys.exit(code if isinstance(code, int) else 0)


__all__ = ["main"]
