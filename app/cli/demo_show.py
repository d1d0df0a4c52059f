"""A demo case on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from app.integrations.demo.files import Case
from app.integrations.demo.scene import Scene
from app.texts import Lang, Words, say

INDENT = 4


class Screen:
    """Prints cases in one language."""

    def __init__(self, lang: Lang, console: Console | None = None) -> None:
        self._lang: Lang = lang
        self._console = console or Console(highlight=False, soft_wrap=False)

    def case(self, case: Case) -> None:
        """The head of a case."""
        title = self._t("demo.show.case", number=case.number, title=case.title.in_(self._lang))
        self._console.print()
        self._console.print(Panel(escape(case.story.in_(self._lang)), title=f"[bold]{escape(title)}[/]", title_align="left"))

    def scene(self, scene: Scene) -> None:
        """One thing that happened: who, where, what is said, what is recorded, what comes of it."""
        who = f"{scene.who} ({self._w(scene.role)})" if scene.role else scene.who
        who = self._t("demo.show.system") if scene.who == "system" else who
        head = Text(f"{scene.at:%m-%d %H:%M}  ", style="dim")
        if scene.stage:
            head.append(f"{self._w(scene.stage)}  ", style="cyan")
        head.append(self._w(scene.did), style="bold")
        if who:
            head.append(f"  {who}", style="dim")
        self._console.print(head)
        lines = Table.grid(padding=(0, 1), expand=False)
        lines.add_column(style="dim", no_wrap=True)
        lines.add_column(overflow="fold")
        if scene.tell:
            lines.add_row("", Text(self._w(scene.tell), style="italic"))
        if scene.script:
            lines.add_row(self._t("demo.show.say"), Text(self._w(scene.script), style="green"))
        for label, value in scene.recorded:
            lines.add_row(escape(self._w(label)), Text(self._w(value)))
        for reason in scene.refused:
            lines.add_row(Text(self._t("demo.show.refused"), style="red"), Text(self._w(reason)))
        if scene.guards:
            lines.add_row("", Text(self._t("demo.show.guards", guards=", ".join(scene.guards)), style="dim"))
        for came in scene.came:
            lines.add_row("", Text(self._w(came), style="yellow"))
        if scene.to:
            lines.add_row("", Text(f"→ {self._w(scene.to)}", style="bold cyan"))
        if lines.row_count:
            self._console.print(Padding(lines, (0, 0, 0, INDENT)))

    def end(self, stage: Words, complaint: Mapping[str, Any]) -> None:
        """The foot of a case: where it ended, and how to look it up."""
        told = self._t("demo.show.ended", stage=self._w(stage), number=complaint["number"], id=complaint["id"])
        self._console.print(Rule(style="dim"))
        self._console.print(Text(told))

    def _w(self, words: Words) -> str:
        return words.in_(self._lang)

    def _t(self, key: str, **params: object) -> str:
        return say(self._lang, key, **params)
