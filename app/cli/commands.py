"""The tree of commands."""

from __future__ import annotations

import typer

from app.cli import bulk, clocks, data, demo, follow, knowledge, outbox, people, process, staff, workflow

cli = typer.Typer(
    name="amends",
    help="From complaint to care, and from care to a fitting offer. / 从投诉到关怀,再到真正合适的方案。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (process, data):
    group.register(cli)
_GROUPS = {
    "user": people.app,
    "people": staff.app,
    "workflow": workflow.app,
    "clock": clocks.app,
    "promises": follow.promises,
    "work-orders": follow.work_orders,
    "grants": follow.grants,
    "bulk": bulk.app,
    "answers": knowledge.app,
    "outbox": outbox.app,
    "demo": demo.app,
    "db": data.db,
}
for name, commands in _GROUPS.items():
    cli.add_typer(commands, name=name)
