"""A workflow as an SVG picture that needs no other program: boxes, numbered arrows, and a legend of all steps."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from app.texts import Lang
from app.workflow.definition import Definition
from app.workflow.layout import HEIGHT, WIDTH, Arrow, Box, layout
from app.workflow.picture import COLOURS, Step, sources, steps
from app.workflow.telling import tell

_FONT = "'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei',system-ui,sans-serif"
_WAY = 34  # the widest list of stages in the legend
_LINE = 19
_RADIUS = 6
_STYLE = """
text{font-family:%s;fill:#111827}
.stage text{font-size:14px;font-weight:600;text-anchor:middle}
.arrow path{fill:none;stroke:#6b7280;stroke-width:1.2}
.arrow:hover path{stroke:#dc2626;stroke-width:2.4}
.number{font-size:10px;text-anchor:middle;fill:#374151;paint-order:stroke;stroke:#fff;stroke-width:3px}
.stage text.wide{font-size:10px;font-weight:400;fill:#b91c1c}
.legend text{font-size:12px}
.legend .many{fill:#b91c1c}
.legend .way{fill:#6b7280}
.title{font-size:18px;font-weight:700}
"""
_HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"
 width="{width:.0f}" height="{height:.0f}" role="img" lang="{lang}">"""
_TIP = """<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0,0 L8,4 L0,8 z" fill="#6b7280"/></marker></defs>"""


def svg(definition: Definition, lang: Lang = "zh") -> str:
    """The picture as an SVG document; its size follows the workflow."""
    drawn = steps(definition)
    placed = layout(definition, drawn)
    top = 40
    height = max(placed.height, _LINE * (len(drawn) + 8)) + top
    rows = [_row(definition, step, lang) for step in drawn]
    width = placed.width + max((12 * _em("".join(row)) for row in rows), default=0) + 40
    parts = [
        _HEAD.format(width=width, height=height, lang="zh-CN" if lang == "zh" else "en"),
        f"<title>{escape(definition.title.in_(lang))}</title>",
        f"<style>{_STYLE % _FONT}</style>",
        _TIP,
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text class="title" x="24" y="28">{escape(definition.title.in_(lang))}</text>',
        f'<g transform="translate(0,{top})">',
        *(_arrow(definition, arrow, lang) for arrow in placed.arrows),
        *(_box(definition, box, drawn, lang) for box in placed.boxes.values()),
        "</g>",
        _legend(drawn, rows, placed.width, lang),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _box(definition: Definition, box: Box, drawn: Iterable[Step], lang: Lang) -> str:
    """A stage; under its title the numbers of the steps that lead here from many stages, and of those that stay here."""
    stage = definition.stages[box.name]
    title = stage.title.in_(lang)
    fill, stroke = COLOURS[stage.kind]
    steps_ = list(drawn)
    into = [str(s.number) for s in steps_ if s.wide and s.transition.target == box.name]
    stay = [str(s.number) for s in steps_ if not s.wide and _stays(s, box.name)]
    marks = "   ".join([f"⇢ {' '.join(into)}"] * bool(into) + [f"↻ {' '.join(stay)}"] * bool(stay))
    bold = 2.5 if box.name == definition.start else 1.3
    parts = [
        f'<g class="stage" transform="translate({box.x:.1f},{box.y:.1f})"><title>{escape(box.name)}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="9" fill="{fill}" stroke="{stroke}" stroke-width="{bold}"/>',
        f'<text x="{WIDTH / 2}" y="{23 if marks else 28}" style="font-size:{_size(title):.1f}px">{escape(title)}</text>',
    ]
    if stage.final:
        inner = f'width="{WIDTH - 6}" height="{HEIGHT - 6}" rx="6" fill="none" stroke="{stroke}"'
        parts.append(f'<rect x="3" y="3" {inner}/>')
    if marks:
        parts.append(f'<text class="wide" x="{WIDTH / 2}" y="39">{escape(marks)}</text>')
    return "".join([*parts, "</g>"])


def _stays(step: Step, stage: str) -> bool:
    return stage in step.transition.sources and step.transition.to(stage) == stage


def _em(text: str) -> float:
    """About how wide `text` is in units of its font size: a Chinese character is one, a Latin letter half and a bit."""
    return sum(1.0 if ord(c) > 0x2E80 else 0.56 for c in text)


def _size(title: str, room: float = WIDTH - 14) -> float:
    """The font size at which a title fits into its box."""
    return max(9.0, min(14.0, room / (_em(title) * 1.06 or 1)))


def _arrow(definition: Definition, arrow: Arrow, lang: Lang) -> str:
    names = "；".join(f"{s.number} {s.title(lang)}" for s in arrow.steps)
    way = f"{definition.stages[arrow.source].title.in_(lang)} → {definition.stages[arrow.target].title.in_(lang)}"
    x, y = arrow.points[-1]
    numbers = ",".join(str(s.number) for s in arrow.steps)
    return (
        f'<g class="arrow"><title>{escape(way)}: {escape(names)}</title>'
        f'<path d="{_path(arrow.points)}" marker-end="url(#tip)"/>'
        f'<text class="number" x="{x:.1f}" y="{y - 11:.1f}">{numbers}</text></g>'
    )


def _path(points: tuple[tuple[float, float], ...]) -> str:
    """A line through `points` with its corners rounded."""
    (x, y), *rest = points
    drawn = [f"M{x:.1f},{y:.1f}"]
    for (ax, ay), (bx, by), (cx, cy) in zip(points, rest, rest[1:], strict=False):
        before, after = _length(ax, ay, bx, by), _length(bx, by, cx, cy)
        r = min(_RADIUS, before / 2, after / 2)
        if not r:
            continue
        drawn.append(f"L{bx - (bx - ax) / before * r:.1f},{by - (by - ay) / before * r:.1f}")
        drawn.append(f"Q{bx:.1f},{by:.1f} {bx + (cx - bx) / after * r:.1f},{by + (cy - by) / after * r:.1f}")
    x, y = points[-1]
    return " ".join([*drawn, f"L{x:.1f},{y:.1f}"])


def _length(ax: float, ay: float, bx: float, by: float) -> float:
    return abs(bx - ax) + abs(by - ay)


def _row(definition: Definition, step: Step, lang: Lang) -> tuple[str, str, str]:
    """Number, title and way of a step; a long way is cut, since the whole stands in the tooltip and the YAML."""
    t = step.transition
    to = definition.stages[t.target].title.in_(lang) if t.target else tell("diagram.same").in_(lang)
    way = sources(definition, t, lang)
    while _em(way) > _WAY:
        way = way[: len(way) - 2] + "…"
    return f"{step.number} ", f"{step.title(lang)}  ", f"{way} → {to}"


def _legend(drawn: tuple[Step, ...], rows: list[tuple[str, str, str]], x: float, lang: Lang) -> str:
    lines = [f'<g class="legend" transform="translate({x:.0f},44)">']
    for place, (kind, (fill, stroke)) in enumerate(COLOURS.items()):
        y = place * _LINE
        lines.append(f'<rect x="0" y="{y - 10}" width="22" height="12" rx="3" fill="{fill}" stroke="{stroke}"/>')
        lines.append(f'<text x="30" y="{y}">{escape(tell(f"diagram.kinds.{kind}").in_(lang))}</text>')
    for place, (step, (number, title, way)) in enumerate(zip(drawn, rows, strict=True), len(COLOURS) + 1):
        many = "many" if step.wide else "few"
        words = f'<tspan class="{many}">{number}</tspan>{escape(title)}<tspan class="way">{escape(way)}</tspan>'
        lines.append(f'<text x="0" y="{place * _LINE}" xml:space="preserve">{words}</text>')
    return "\n".join([*lines, "</g>"])
