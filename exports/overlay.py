"""Annotations drawn over a photo as SVG; the photo itself stays as it was taken."""

import math
import re

from markupsafe import Markup, escape

from audit.domain.reports import PhotoRef, Shape
from exports.fonts import IN_DRAWINGS
from exports.text import printable

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
DEFAULT_COLOUR = "#c2452d"
LONGEST_TEXT = 60


def overlay(photo: PhotoRef) -> Markup:
    """An SVG of the photo's proportions with its arrows, boxes and texts; empty without any.

    Every shape lies on a white one a little wider, so that it can be seen on any ground.
    """
    if not photo.overlay:
        return Markup("")
    width, height = 1000.0, 1000.0 * photo.height / max(photo.width, 1)
    parts = "".join(_shape(shape, width, height) for shape in photo.overlay)
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:.0f}" class="over">{parts}</svg>'
    )


def _shape(shape: Shape, width: float, height: float) -> str:
    colour = shape.colour if _COLOUR.fullmatch(shape.colour) else DEFAULT_COLOUR
    x1, y1 = _within(shape.x1) * width, _within(shape.y1) * height
    x2, y2 = _within(shape.x2) * width, _within(shape.y2) * height
    if shape.type == "box":
        place = f'x="{min(x1, x2):.0f}" y="{min(y1, y2):.0f}" width="{abs(x2 - x1):.0f}" height="{abs(y2 - y1):.0f}"'
        return "".join(
            f'<rect {place} fill="none" stroke="{stroke}" stroke-width="{thick}"/>'
            for stroke, thick in (("#fff", 13), (colour, 7))
        )
    if shape.type == "arrow":
        return _arrow(x1, y1, x2, y2, colour)
    return _label(x1, y1, shape.text, colour, width)


def _arrow(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    angle, size = math.atan2(y2 - y1, x2 - x1), 42
    head = " ".join(
        f"{x2 - size * math.cos(angle + turn):.0f},{y2 - size * math.sin(angle + turn):.0f}" for turn in (-0.45, 0.45)
    )
    # The shaft ends inside the head, or its square end would blunt the point.
    ex, ey = x2 - size * 0.7 * math.cos(angle), y2 - size * 0.7 * math.sin(angle)
    line = f'x1="{x1:.0f}" y1="{y1:.0f}" x2="{ex:.0f}" y2="{ey:.0f}"'
    point = f'points="{x2:.0f},{y2:.0f} {head}"'
    return (
        f'<line {line} stroke="#fff" stroke-width="16"/><polygon {point} fill="#fff" stroke="#fff" stroke-width="8"/>'
        f'<line {line} stroke="{colour}" stroke-width="9"/><polygon {point} fill="{colour}"/>'
    )


def _label(x: float, y: float, text: str, colour: str, width: float) -> str:
    text = " ".join(printable(text).split())[:LONGEST_TEXT]
    length = sum(1.0 if character >= "\u2e80" else 0.56 for character in text) or 1.0
    size = min(44.0, (width - 40) / length)
    x = max(10.0, min(x, width - 20 - length * size))
    y = max(size + 6, y)
    place = f'x="{x - 8:.0f}" y="{y - size:.0f}" width="{length * size + 16:.0f}" height="{size * 1.3:.0f}"'
    return (
        f'<rect {place} fill="#fff"/>'
        f'<text x="{x:.0f}" y="{y:.0f}" font-family="{IN_DRAWINGS}" font-size="{size:.0f}" font-weight="bold" '
        f'fill="{colour}">{escape(text)}</text>'
    )


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0)
