"""Photos on a page: cards of one picture or of several side by side, with the marks that were drawn over them.

Texts reach the browser as data and become text nodes; marks are an SVG over the picture, which itself stays as it was
taken. A tap shows the picture large, with all that is known about it and the way to the original.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import streamlit as st

from audit.tokens import RADIUS_PX, TARGET_PX
from audit.ui.page import Here

# A picture in its frame and the dialog that shows it large: the tables show pictures too.
LARGE_CSS = f"""
.box{{position:relative;overflow:hidden;aspect-ratio:4/3;border-radius:{RADIUS_PX}px;
 background:var(--st-secondary-background-color)}}
.box.paper{{background:#fff}}
.box img,.box svg{{position:absolute;inset:0;width:100%;height:100%;object-fit:contain}}
.box svg text{{font-family:var(--st-font,sans-serif)}}
.label{{display:block;font-weight:600}}
.line{{display:block;opacity:.78;font-size:.84rem;overflow-wrap:anywhere}}
dialog{{border:0;border-radius:{RADIUS_PX}px;padding:14px;max-width:96vw;max-height:96vh;overflow:auto;
 box-sizing:border-box;background:var(--st-background-color);color:var(--st-text-color)}}
dialog::backdrop{{background:rgba(0,0,0,.6)}}
dialog .box{{max-width:100%}}
.foot{{display:flex;gap:12px;align-items:center;justify-content:flex-end;flex-wrap:wrap;margin-top:10px}}
.foot a,.foot button{{min-height:{TARGET_PX}px;padding:0 .9rem;font:inherit;color:inherit;background:none;
 cursor:pointer;border:1px solid var(--st-border-color);border-radius:{RADIUS_PX}px;display:inline-flex;
 align-items:center;text-decoration:none}}
"""

CSS = f"""{LARGE_CSS}
:host{{display:block}}
.cards{{display:grid;grid-template-columns:repeat(auto-fill,minmax(215px,1fr));gap:14px;
 grid-auto-flow:row dense;color:var(--st-text-color);font-size:.9rem;line-height:1.45}}
.card{{border:1px solid var(--st-border-color);border-radius:{RADIUS_PX}px;padding:10px;min-width:0}}
.card.several{{grid-column:span 2}}
.title{{font-weight:600;overflow-wrap:anywhere;margin-bottom:6px}}
.pictures{{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:10px}}
figure{{margin:0;min-width:0}}
.open{{all:unset;display:block;width:100%;cursor:zoom-in;border-radius:{RADIUS_PX}px}}
.open:focus-visible{{outline:3px solid var(--st-primary-color);outline-offset:2px}}
.warn{{margin:8px 0 0;overflow-wrap:anywhere}}
@media (max-width:520px){{.card.several{{grid-column:auto}}}}
"""

LARGE = """
const node = (tag, cls, text) => {
  const made = document.createElement(tag);
  if (cls) made.className = cls;
  if (text != null) made.textContent = text;
  return made;
};
const box = (picture, kind) => {
  const made = node('div', picture.paper ? 'box paper' : 'box'), img = node('img');
  img.loading = 'lazy';
  img.alt = picture.alt;
  img.src = `/photos/${picture.folder}${encodeURIComponent(picture.uuid)}/${kind}`;
  made.append(img);
  if (picture.overlay) {
    const svg = new DOMParser().parseFromString(picture.overlay, 'image/svg+xml').documentElement;
    if (svg.nodeName === 'svg') made.append(document.importNode(svg, true));
  }
  return made;
};
const known = (picture) => picture.lines.map((line) => node('span', 'line', line));
const show = (root, picture, words) => {
  const dialog = node('dialog'), frame = box(picture, 'report'), foot = node('div', 'foot');
  frame.style.aspectRatio = `${picture.width}/${picture.height}`;
  frame.style.width = `min(92vw, ${(70 * picture.width / picture.height).toFixed(1)}vh)`;
  dialog.append(frame, node('span', 'label', picture.label), ...known(picture));
  if (picture.original) {
    const link = node('a', '', words[0]);
    link.href = `/photos/${encodeURIComponent(picture.uuid)}/original`;
    link.download = '';
    foot.append(link);
  }
  const close = node('button', '', words[1]);
  close.onclick = () => dialog.close();
  foot.append(close);
  dialog.append(foot);
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  dialog.onclose = () => dialog.remove();
  root.append(dialog);
  dialog.showModal();
};
"""

JS = """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.gallery');
  if (!root) return;
  const cards = node('div', 'cards');
  for (const card of data.cards) {
    const made = node('section', card.pictures.length > 1 ? 'card several' : 'card');
    if (card.title) made.append(node('div', 'title', card.title));
    const row = node('div', 'pictures');
    for (const picture of card.pictures) {
      const figure = node('figure'), open = node('button', 'open'), caption = node('figcaption');
      open.setAttribute('aria-label', picture.alt);
      open.append(box(picture, 'thumbnail'));
      open.onclick = () => show(root, picture, data.words);
      if (picture.label) caption.append(node('span', 'label', picture.label));
      caption.append(...known(picture));
      figure.append(open, caption);
      row.append(figure);
    }
    made.append(row);
    if (card.warning) made.append(node('p', 'warn', `⚠ ${card.warning}`));
    cards.append(made);
  }
  root.replaceChildren(cards);
}
"""


@dataclass(frozen=True)
class Picture:
    """One photo: its `label` in words, `lines` of what is known about it, its marks as SVG, its size in pixels.

    `original`: whether this reader is offered the original; `paper`: on white in the dark too, as signatures are;
    `folder`: "evidence/" for a photo that is evidence of a finding.
    """

    uuid: str
    alt: str
    width: int
    height: int
    label: str = ""
    lines: tuple[str, ...] = ()
    overlay: str = ""
    original: bool = False
    paper: bool = False
    folder: str = ""


@dataclass(frozen=True)
class Card:
    """A picture, or several that belong together, under one title; `warning` stands below them."""

    title: str
    pictures: tuple[Picture, ...] = field(default=())
    warning: str = ""


def gallery(me: Here, key: str, cards: Sequence[Card]) -> None:
    """Show cards in a grid."""
    component = st.components.v2.component("rounds_gallery", html='<div class="gallery"></div>', css=CSS, js=LARGE + JS)
    component(data={"cards": tuple(asdict(card) for card in cards), "words": _words(me)}, key=key)


def row_of(me: Here, shown: Sequence[Picture]) -> dict[str, Any]:
    """Small pictures in a row, as part of a table's cell."""
    return {"pictures": tuple(asdict(one) for one in shown), "words": _words(me)}


def _words(me: Here) -> tuple[str, str]:
    return me._("Download the original (this is recorded)"), me._("Close")
