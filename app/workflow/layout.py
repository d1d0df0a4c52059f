"""Where the boxes and arrows of a drawing stand: stages in layers, every arrow along tracks of its own.

A small layered layout: arrows that lead back are found by a walk in the order of the YAML, stages fall to the longest
way that leads to them, their order within a layer follows their neighbours, and arrows run at right angles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.workflow.definition import Definition
from app.workflow.picture import Step

WIDTH, HEIGHT = 168, 46
GAP_X = 44
TRACK = 9  # between two arrows that run side by side
MARGIN = 24


@dataclass(frozen=True, slots=True)
class Box:
    """A stage: its place and its layer, counted from the top."""

    name: str
    x: float
    y: float
    layer: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """All narrow steps from one stage to another as one line through `points`."""

    source: str
    target: str
    steps: tuple[Step, ...]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole drawing without its legend."""

    boxes: Mapping[str, Box]
    arrows: tuple[Arrow, ...]
    width: float
    height: float


def layout(definition: Definition, steps: Iterable[Step]) -> Layout:
    """Place all stages, and the steps that start from few stages."""
    joined: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        for source in () if step.wide else step.transition.sources:
            target = step.transition.to(source)
            if target != source:
                joined.setdefault((source, target), []).append(step)
    rows = _rows(definition, list(joined))
    routes = _Routes(rows, list(joined))
    arrows = tuple(Arrow(s, t, tuple(found), routes.points(s, t)) for (s, t), found in joined.items())
    return Layout(routes.boxes, arrows, routes.width, routes.height)


# ------------------------------------------------------------------------------------------------------------- layers


def _rows(definition: Definition, edges: list[tuple[str, str]]) -> list[list[str]]:
    """The stages by layer, each layer ordered by the middle of its neighbours in the layer above."""
    layer = _layers(definition, _forward(definition, edges))
    rows: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for name in definition.stages:
        rows[layer[name]].append(name)
    for _ in range(4):
        place = {name: index - len(row) / 2 for row in rows for index, name in enumerate(row)}
        for row in rows:
            row.sort(key=lambda name: _middle(name, edges, place))
    return rows


def _middle(name: str, edges: list[tuple[str, str]], place: Mapping[str, float]) -> float:
    near = [place[s] for s, t in edges if t == name] + [place[t] for s, t in edges if s == name] + [place[name]]
    return sum(near) / len(near)


def _forward(definition: Definition, edges: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The edges without those that lead back on a walk in the order of the YAML."""
    following: dict[str, list[str]] = {}
    for source, target in edges:
        following.setdefault(source, []).append(target)
    done: set[str] = set()
    back: set[tuple[str, str]] = set()
    for root in (definition.start, *definition.stages):
        open_: list[tuple[str, int]] = [] if root in done else [(root, 0)]
        on_way = {root}
        while open_:
            name, index = open_.pop()
            targets = following.get(name, [])
            if index < len(targets):
                open_.append((name, index + 1))
                target = targets[index]
                if target in on_way:
                    back.add((name, target))
                elif target not in done:
                    on_way.add(target)
                    open_.append((target, 0))
            else:
                on_way.discard(name)
                done.add(name)
    return [edge for edge in edges if edge not in back]


def _layers(definition: Definition, forward: list[tuple[str, str]]) -> dict[str, int]:
    layer = dict.fromkeys(definition.stages, 0)
    for _ in definition.stages:  # longest ways: without cycles so many rounds are enough
        for source, target in forward:
            layer[target] = max(layer[target], layer[source] + 1)
    entered = {target for _, target in forward}
    bottom = max(layer.values())
    for name, stage in definition.stages.items():
        following = [layer[t] for s, t in forward if s == name]
        if stage.final:
            layer[name] = bottom
        elif name not in entered and name != definition.start and following:
            layer[name] = max(min(following) - 1, 0)  # only wide steps lead to it: it stands beside what it leads to
    return layer


# ------------------------------------------------------------------------------------------------------------- routes


class _Routes:
    """Boxes with room between the layers for every arrow, and the corner points of the arrows."""

    def __init__(self, rows: list[list[str]], edges: list[tuple[str, str]]) -> None:
        self._layer = {name: index for index, row in enumerate(rows) for name in row}
        self._out = {edge: i for i, edge in enumerate(edges)}
        long = [e for e in edges if self._layer[e[1]] != self._layer[e[0]] + 1]
        self._lane = {edge: i for i, edge in enumerate(sorted(long, key=self._span))}
        widest = max(len(row) for row in rows)
        inner = widest * WIDTH + (widest - 1) * GAP_X
        lanes = (len(long) + 1) // 2 * TRACK + GAP_X / 2
        self._left, self._right = MARGIN + lanes, MARGIN + lanes + inner
        self.width = self._right + lanes + MARGIN
        self._tracks = self._assign_tracks(len(rows), edges)
        self.boxes: dict[str, Box] = {}
        y = MARGIN + self._room(0)
        self._gap_top = [float(MARGIN)]
        for index, row in enumerate(rows):
            start = (self._left + self._right - len(row) * WIDTH - (len(row) - 1) * GAP_X) / 2
            for column, name in enumerate(row):
                self.boxes[name] = Box(name, start + column * (WIDTH + GAP_X), y, index)
            self._gap_top.append(y + HEIGHT)
            y += HEIGHT + self._room(index + 1)
        self.height = y + MARGIN

    def _span(self, edge: tuple[str, str]) -> int:
        return abs(self._layer[edge[1]] - self._layer[edge[0]])

    def _assign_tracks(self, layers: int, edges: list[tuple[str, str]]) -> list[dict[tuple[tuple[str, str], str], int]]:
        """Gap 0 lies above the first layer, gap i+1 below layer i; every arrow has a track in each gap it crosses."""
        tracks: list[dict[tuple[tuple[str, str], str], int]] = [{} for _ in range(layers + 1)]
        for edge in edges:
            below = tracks[self._layer[edge[0]] + 1]
            below[edge, "out"] = len(below)
            if edge in self._lane:
                above = tracks[self._layer[edge[1]]]
                above[edge, "in"] = len(above)
        return tracks

    def _room(self, gap: int) -> float:
        return (len(self._tracks[gap]) + 1) * TRACK + 22

    def _track(self, gap: int, edge: tuple[str, str], end: str) -> float:
        return self._gap_top[gap] + 14 + (self._tracks[gap][edge, end] + 1) * TRACK

    def _port(self, name: str, edge: tuple[str, str], end: int) -> float:
        """Where on a box's upper or lower side the arrow begins or ends: arrows share the side evenly."""
        sharing = sorted((e for e in self._out if e[end] == name), key=lambda e: self._towards(e, 1 - end))
        return self.boxes[name].x + WIDTH * (sharing.index(edge) + 1) / (len(sharing) + 1)

    def _towards(self, edge: tuple[str, str], end: int) -> tuple[float, int]:
        if edge in self._lane:
            return (self._lane_x(edge), self._out[edge])
        return (self.boxes[edge[end]].x, self._out[edge])

    def _lane_x(self, edge: tuple[str, str]) -> float:
        side, rank = self._lane[edge] % 2, self._lane[edge] // 2
        return self._right + GAP_X / 2 + rank * TRACK if side else self._left - GAP_X / 2 - rank * TRACK

    def points(self, source: str, target: str) -> tuple[tuple[float, float], ...]:
        """From the lower side of the source along the tracks to the upper side of the target."""
        edge = (source, target)
        a, b = self.boxes[source], self.boxes[target]
        x1, x2 = self._port(source, edge, 0), self._port(target, edge, 1)
        out = self._track(a.layer + 1, edge, "out")
        if edge not in self._lane:
            return ((x1, a.y + HEIGHT), (x1, out), (x2, out), (x2, b.y))
        lane, in_ = self._lane_x(edge), self._track(b.layer, edge, "in")
        return ((x1, a.y + HEIGHT), (x1, out), (lane, out), (lane, in_), (x2, in_), (x2, b.y))
