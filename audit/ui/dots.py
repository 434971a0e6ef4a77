"""Places as dots: a schematic drawing without tiles, boundaries or network addresses; a tap opens the place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from audit.db.models import Organisation, Outlet
from audit.tokens import CHART, TARGET_PX
from audit.ui import filters
from audit.ui.page import Here

WIDTH, HEIGHT, EDGE = 960, 560, 40
LINE = 20  # the height of a name
MOST = 2000  # dots in one drawing
MOST_NAMED = 45  # beyond, the drawing holds no more names: a dot tells its own when it is pointed at
CSS = """
:host{display:block}
svg{display:block;width:100%;height:auto;color:var(--st-text-color);touch-action:manipulation;
 border:1px solid var(--st-border-color);border-radius:8px}
svg.go{cursor:pointer}
g:focus{outline:none}
g:focus circle,g:hover circle{stroke:currentColor;stroke-width:3}
text{font-size:15px;fill:currentColor;font-family:inherit}
@media (max-width:640px){text{font-size:22px}}
"""
JS = """
const draw = (tag, given, text) => {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
  if (text != null) made.textContent = text;
  return made;
};
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.drawing');
  if (!root) return;
  const svg = draw('svg', { viewBox: `0 0 ${data.width} ${data.height}`, role: 'group', 'aria-label': data.note });
  if (data.opens) svg.classList.add('go');
  const open = (dot) => setTriggerValue('opened', dot.id);
  for (const dot of data.dots) {
    const group = draw('g', data.opens ? { tabindex: 0, role: 'link', 'aria-label': dot.name } : {});
    group.append(draw('circle', { cx: dot.x, cy: dot.y, r: 7, fill: dot.colour }));
    if (data.named) group.append(draw('text', { x: dot.x + 11, y: dot.y + 5 }, dot.name));
    group.append(draw('title', {}, dot.name));
    group.onkeydown = (event) => {
      if (data.opens && (event.key === 'Enter' || event.key === ' ')) { event.preventDefault(); open(dot); }
    };
    svg.append(group);
  }
  if (data.opens) svg.onclick = (event) => {
    const box = svg.getBoundingClientRect(), scale = data.width / box.width;
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    const far = (dot) => {
      const beside = data.named && x > dot.x ? Math.max(0, x - dot.x - 15 * dot.name.length) : x - dot.x;
      return Math.hypot(beside, y - dot.y);
    };
    const near = data.dots.reduce((best, dot) => (far(dot) < far(best) ? dot : best));
    if (far(near) <= Math.max(data.reach * scale / 2, 12)) open(near);
  };
  const corner = { x: data.width - 12, y: data.height - 12, 'text-anchor': 'end' };
  svg.append(draw('text', corner, data.note));
  root.replaceChildren(svg);
}
"""


@dataclass(frozen=True)
class Dot:
    """One place: its id, its name, degrees, and the group that gives it its colour."""

    id: int
    name: str
    longitude: float
    latitude: float
    group: str = ""


def chosen(me: Here) -> bool:
    """Whether the drawing is wanted instead of the list; kept in the address."""
    words = {"list": me._("List"), "map": me._("Map")}
    return filters.view(me, list(words), words.__getitem__) == "map"


def of_organisation(me: Here, row: Organisation) -> Dot | None:
    """An organisation as a dot; None without a place."""
    name = me.pick(row).removesuffix("分公司").removesuffix(" branch")
    return _dot(row.id, name, row.longitude, row.latitude, row.zone)


def of_outlet(me: Here, row: Outlet) -> Dot | None:
    """An outlet as a dot, coloured by its organisation; None without a place."""
    return _dot(row.id, me.pick(row), row.longitude, row.latitude, f"{row.organisation_id:06}")


def _dot(number: int | None, name: str, longitude: float | None, latitude: float | None, group: str) -> Dot | None:
    return None if longitude is None or latitude is None else Dot(number or 0, name, longitude, latitude, group)


def drawing(me: Here, given: Sequence[Dot | None], on_open: Callable[[int], None], key: str) -> None:
    """Every place as a dot; 示意图 stands on it. A tap on one (or near it: fingers are wide) calls `on_open`."""
    places = [dot for dot in given if dot]
    if not places:
        st.caption(me._("Nothing here has a latitude and longitude yet."))
        return
    groups = sorted({dot.group for dot in places})
    named = len(places) <= MOST_NAMED
    label = max(66, *(15 * sum(1 if ord(sign) > 0x2E80 else 0.55 for sign in dot.name) for dot in places))
    spots = spread(tuple((dot.longitude, dot.latitude) for dot in places), label if named else 0)
    dots = [
        {"id": dot.id, "x": round(x), "y": round(y), "colour": CHART[groups.index(dot.group) % len(CHART)],
         "name": dot.name}
        for dot, (x, y) in zip(places, spots, strict=True)
    ]  # fmt: skip
    note = me._("Schematic drawing, not a map")
    component = st.components.v2.component("rounds_dots", html='<div class="drawing"></div>', css=CSS, js=JS)
    data = {
        "dots": tuple(dots),
        "note": note,
        "width": WIDTH,
        "height": HEIGHT,
        "named": named,
        "opens": True,
        "reach": TARGET_PX,
    }
    result = component(data=data, key=key, on_opened_change=lambda: None)
    if result.opened is not None:
        on_open(int(result.opened))
    if not named:
        st.caption(me._("Narrow the list, and the dots get their names."))


@lru_cache(maxsize=16)
def spread(places: tuple[tuple[float, float], ...], label: float = 66) -> tuple[tuple[float, float], ...]:
    """Degrees → drawing: scaled to fill it, then each moved up or down to where a label of this width is free.

    The drawing is schematic: a readable name counts for more than a true distance.
    """
    west, east = min(x for x, _ in places), max(x for x, _ in places)
    south, north = min(y for _, y in places), max(y for _, y in places)
    across, up = WIDTH - 2 * EDGE - label, HEIGHT - 2 * EDGE
    spots: list[tuple[float, float]] = []
    for longitude, latitude in places:
        x = EDGE + across * ((longitude - west) / (east - west) if east > west else 0.5)
        y = HEIGHT - EDGE - up * ((latitude - south) / (north - south) if north > south else 0.5)
        spots.append((x, _free(x, y, spots, label) if label else y))
    return tuple(spots)


def _free(x: float, y: float, taken: Sequence[tuple[float, float]], label: float) -> float:
    """The height nearest to `y` at which no other label is in the way; `y` itself when the drawing is full."""
    beside = [other for at, other in taken if abs(at - x) < label]
    for step in range(0, HEIGHT, 2):
        for height in (y + step, y - step):
            if LINE <= height <= HEIGHT - LINE and all(abs(height - other) >= LINE for other in beside):
                return height
    return y
