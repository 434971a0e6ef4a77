"""Charts for documents as SVG strings: 0.04 ms each, text stays text, and no browser is needed.

Values are percent or points of 100. Every text names its font, because WeasyPrint would otherwise embed two more.
All words come from the caller, already in the document's language.
"""

import math
from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup, escape

from audit.tokens import CHART, LIGHT
from exports.fonts import IN_DRAWINGS
from exports.text import printable

Value = Decimal | None
OURS, CITY = CHART[0], CHART[2]
GRID, TEXT, MUTED = LIGHT["border"], LIGHT["text"], LIGHT["muted"]
ANCHORS = {0: "middle", 1: "start", -1: "end"}
WIDTHS = {
    character: width
    for width, characters in (
        (0.22, " "), (0.3, "!'(),-.:;I[]fijl{|}"), (0.39, "/\\rt"), (0.5, "\"*?JLYcsvxyz"), (0.71, "&BDGHNOQU"),
        (0.81, "Mw"), (0.9, "%@Wm\u2014"), (1.0, "\u2026"),
    )
    for character in characters
}  # fmt: skip


def radar(labels: Sequence[str], ours: Sequence[Value], city: Sequence[Value]) -> Markup:
    """Rates by section as a polygon, the city's as a dashed one; empty with fewer than three axes.

    `labels` are short: the codes of the sections.
    """
    if len(labels) < 3:
        return Markup("")
    cx, cy, radius = 115.0, 72.0, 56.0

    def at(index: int, share: float) -> str:
        angle = 2 * math.pi * index / len(labels) - math.pi / 2
        return f"{cx + radius * share * math.cos(angle):.1f},{cy + radius * share * math.sin(angle):.1f}"

    def polygon(values: Sequence[float], style: str) -> str:
        return f'<polygon points="{" ".join(at(i, value) for i, value in enumerate(values))}" {style}/>'

    parts = [
        polygon([share] * len(labels), f'fill="none" stroke="{GRID}" stroke-width="0.7"')
        for share in (0.25, 0.5, 0.75, 1.0)
    ]
    for index, label in enumerate(labels):
        x, y = (float(number) for number in at(index, 1.0).split(","))
        parts.append(f'<line x1="{cx}" y1="{cy}" x2="{x}" y2="{y}" stroke="{GRID}" stroke-width="0.7"/>')
        side = (x > cx + 8) - (x < cx - 8)
        lower = (y > cy + 8) - (y < cy - 8)
        parts.append(_text(x + 6 * side, y + 3 + 8 * lower, label, 9.0, ANCHORS[side]))
    if any(value is not None for value in city):
        parts.append(polygon(_shares(city), f'fill="none" stroke="{CITY}" stroke-width="1.4" stroke-dasharray="4 2.5"'))
    parts.append(polygon(_shares(ours), f'fill="{OURS}" fill-opacity="0.16" stroke="{OURS}" stroke-width="1.8"'))
    for index, share in enumerate(_shares(ours)):
        px, py = at(index, share).split(",")
        parts.append(f'<circle cx="{px}" cy="{py}" r="2" fill="{OURS}"/>')
    return _svg(230, 146, parts)


def bars(
    labels: Sequence[str],
    ours: Sequence[Value],
    city: Sequence[Value],
    colours: Sequence[str] | None = None,
    width: int = 230,
) -> Markup:
    """Horizontal bars out of 100 with their numbers; a dashed tick on each marks the city's average."""
    longest = max((8.0 * _size(printable(label)) for label in labels), default=0.0)
    left, row, top = min(width * 0.42, longest + 10), 21, 4
    span = width - left - 42
    bottom = top + row * len(labels)
    parts = []
    for mark in (0, 50, 100):
        x = left + span * mark / 100
        parts.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="{GRID}" stroke-width="0.7"/>')
        parts.append(_text(x, bottom + 10, str(mark), 7.0, "middle", MUTED))
    for index, label in enumerate(labels):
        y = top + row * index
        value, average = ours[index], city[index]
        colour = colours[index] if colours else OURS
        parts.extend(_lines(left - 5, y + row / 2 + 3, label, 8.0, "end", width=int((left - 5) / 8)))
        if value is not None:
            length = span * min(float(value), 100) / 100
            parts.append(f'<rect x="{left:.1f}" y="{y + 5}" width="{length:.1f}" height="{row - 10}" fill="{colour}"/>')
        parts.append(_text(left + span + 5, y + row / 2 + 3, "—" if value is None else f"{value:.2f}", 8.0, "start"))
        if average is not None:
            x = left + span * min(float(average), 100) / 100
            parts.append(
                f'<line x1="{x:.1f}" y1="{y + 2}" x2="{x:.1f}" y2="{y + row - 2}" stroke="{CITY}" '
                f'stroke-width="1.8" stroke-dasharray="4 2"/>'
            )
    return _svg(width, bottom + 14, parts)


def _shares(values: Sequence[Value]) -> list[float]:
    return [min(float(value or 0), 100.0) / 100 for value in values]


def _svg(width: float, height: float, parts: Sequence[str]) -> Markup:
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" class="chart">'
    return Markup(f"{opening}{''.join(parts)}</svg>")


def _text(x: float, y: float, text: str, size: float, anchor: str, colour: str = TEXT) -> str:
    # The start is reckoned here: with `text-anchor`, each text becomes a transparency group of 400 bytes.
    x -= {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * size * _size(text)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{IN_DRAWINGS}" font-size="{size:g}" fill="{colour}">'
        f"{escape(text)}</text>"
    )


def _lines(x: float, y: float, label: str, size: float, anchor: str, *, width: int) -> list[str]:
    """A label in at most two lines, `y` its middle; the rest becomes an ellipsis.

    `width` is counted in hanzi; a Latin letter counts half.
    """
    lines = wrap(label, width)
    start = y - (size + 1) * (len(lines) - 1) / 2
    return [_text(x, start + (size + 1) * number, line, size, anchor) for number, line in enumerate(lines)]


def wrap(label: str, width: int) -> list[str]:
    """`label` as one line, or as two of about the same length, each at most `width` hanzi; the rest becomes "…".

    Lines break between hanzi and between Latin words.
    """
    label = " ".join(printable(label).split())
    if _size(label) <= width:
        return [label]
    words, first = _words(label), ""
    while words and _size((first + words[0]).rstrip()) <= width and _size(first) < _size(label) / 2:
        first += words.pop(0)
    if not first:
        first = label[: width - 1]
        words = [label[width - 1 :]]
    second = "".join(words)
    if _size(second) > width:
        while _size(second) > width - 1:
            second = second[:-1]
        second = second.rstrip() + "…"
    return [first.strip(), second.strip()]


def _words(label: str) -> list[str]:
    """The smallest pieces a line may break between: a hanzi, or a Latin word with the space behind it."""
    pieces: list[str] = []
    for character in label:
        if pieces and character < "\u2e80" and pieces[-1][-1] < "\u2e80" and pieces[-1][-1] != " ":
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _size(text: str) -> float:
    """Its width in ems as Noto Sans sets it, within a few percent; all digits are exact."""
    return sum(WIDTHS.get(character, 0.55 if character < "\u2e80" else 1.0) for character in text)
