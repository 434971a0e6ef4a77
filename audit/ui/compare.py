"""Before and after in one frame: a slider wipes from the one picture to the other.

The slider is the browser's own range input, laid over the whole frame: fingers, mouse and arrow keys work, and screen
readers know it. Pictures come by our own routes, each request checked; texts become text nodes.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from audit.tokens import RADIUS_PX, TARGET_PX
from audit.ui.page import Here

CSS = f"""
:host{{display:block}}
.frame{{position:relative;overflow:hidden;aspect-ratio:4/3;border-radius:{RADIUS_PX}px;--at:50%;
 background:var(--st-secondary-background-color);color:var(--st-text-color)}}
.side,.side img,.side svg{{position:absolute;inset:0;width:100%;height:100%}}
.side img{{object-fit:contain;user-select:none}}
.side svg text{{font-family:var(--st-font,sans-serif)}}
.side.after{{clip-path:inset(0 0 0 var(--at));background:var(--st-secondary-background-color)}}
.frame input{{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:ew-resize;touch-action:pan-y}}
.line{{position:absolute;inset-block:0;left:var(--at);width:3px;margin-left:-1.5px;background:#fff;pointer-events:none;
 box-shadow:0 0 0 1px rgba(0,0,0,.5)}}
.line::after{{content:"‹ ›";position:absolute;top:50%;left:50%;transform:translate(-50%,-50%);background:#fff;
 color:#222;border-radius:50%;width:{TARGET_PX}px;height:{TARGET_PX}px;line-height:{TARGET_PX}px;text-align:center;font-size:1.3rem;
 box-shadow:0 0 0 1px rgba(0,0,0,.5)}}
.frame:focus-within{{outline:3px solid var(--st-primary-color);outline-offset:2px}}
.word{{position:absolute;bottom:8px;padding:.1em .6em;border-radius:{RADIUS_PX}px;background:rgba(0,0,0,.62);color:#fff;
 font-size:.88rem;pointer-events:none}}
.word.before{{left:8px}}.word.after{{right:8px}}
.more{{display:flex;flex-wrap:wrap;gap:8px;margin-top:8px;justify-content:space-between}}
.more div{{display:flex;gap:8px;flex-wrap:wrap}}
.more button{{padding:0;border:2px solid transparent;border-radius:{RADIUS_PX}px;background:none;cursor:pointer;
 width:64px;height:{TARGET_PX}px;overflow:hidden}}
.more button[aria-pressed=true]{{border-color:var(--st-primary-color)}}
.more button:focus-visible{{outline:3px solid var(--st-primary-color)}}
.more img{{width:100%;height:100%;object-fit:cover;display:block}}
.none{{margin:8px 0 0;color:var(--st-text-color)}}
"""

JS = """
const node = (tag, cls, text) => {
  const made = document.createElement(tag);
  if (cls) made.className = cls;
  if (text != null) made.textContent = text;
  return made;
};
const address = (one, kind) => `/photos/${one.folder}${encodeURIComponent(one.uuid)}/${kind}`;
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.compare'), told = JSON.stringify(data);
  if (!root || root.dataset.told === told) return;
  root.dataset.told = told;
  const frame = node('div', 'frame'), more = node('div', 'more'), both = data.sides.every((side) => side.shots.length);
  for (const side of data.sides) {
    if (!side.shots.length) continue;
    const pane = node('div', both ? `side ${side.code}` : 'side'), picture = node('img'), row = node('div');
    const show = (one) => {
      const svg = new DOMParser().parseFromString(one.marks, 'image/svg+xml').documentElement;
      pane.replaceChildren(picture, ...(svg.nodeName === 'svg' ? [document.importNode(svg, true)] : []));
      picture.src = address(one, 'report');
      picture.alt = one.alt;
      for (const button of row.children) button.setAttribute('aria-pressed', button.dataset.uuid === one.uuid);
    };
    if (side.shots.length > 1) {
      for (const one of side.shots) {
        const button = node('button'), small = node('img');
        button.dataset.uuid = one.uuid;
        button.setAttribute('aria-label', one.alt);
        small.alt = ''; small.loading = 'lazy'; small.src = address(one, 'thumbnail');
        button.onclick = () => show(one);
        button.append(small);
        row.append(button);
      }
    }
    more.append(row);
    frame.append(pane, node('span', `word ${side.code}`, side.label));
    show(side.shots[0]);
  }
  if (both) {
    const slider = node('input');
    slider.type = 'range'; slider.min = 0; slider.max = 100; slider.value = 50; slider.step = 5;
    slider.setAttribute('aria-label', data.label);
    slider.oninput = () => frame.style.setProperty('--at', `${slider.value}%`);
    frame.append(node('div', 'line'), slider);
  }
  const lacking = data.sides.filter((side) => !side.shots.length).map((side) => node('p', 'none', side.none));
  root.replaceChildren(...(lacking.length < data.sides.length ? [frame] : []), more, ...lacking);
}
"""


@dataclass(frozen=True)
class Seen:
    """A picture of one side, with its text for those who do not see it; `folder` as in `ui.gallery.Picture`.

    `marks`: what was drawn over it, as SVG.
    """

    uuid: str
    alt: str
    folder: str = ""
    marks: str = ""


def compare(me: Here, key: str, before: Sequence[Seen], after: Sequence[Seen]) -> None:
    """The first of each side against one another; of several, small pictures choose another one."""
    _ = me._
    component = st.components.v2.component("rounds_compare", html='<div class="compare"></div>', css=CSS, js=JS)
    sides = (
        ("before", me.word("photo_role", "before"), before, _("There is no photo of the state before.")),
        ("after", me.word("photo_role", "after"), after, _("There is no photo of the state after.")),
    )
    data = {
        "label": _("Before and after: left and right arrow keys move the edge"),
        "sides": tuple(
            {"code": code, "label": label, "none": none, "shots": tuple(asdict(one) for one in shots)}
            for code, label, shots, none in sides
        ),
    }
    component(data=data, key=key)
