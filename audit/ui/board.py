"""The board as one light component: tiles with the figures, and the stages as columns with their most urgent cards.

Texts reach the browser as data and become text nodes. Whatever is counted is a button that leads to its rows.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from audit.tokens import RADIUS_PX, TARGET_PX
from audit.ui.history import ONE_STEP

CSS = f"""
:host{{display:block}}
*{{box-sizing:border-box}}
.board{{display:grid;gap:1.2rem;color:var(--st-text-color);line-height:1.4}}
.tiles{{display:grid;grid-template-columns:repeat(4,1fr);gap:.6rem}}
.ages{{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}}
.stages{{display:grid;grid-template-columns:repeat(4,1fr);gap:.8rem;align-items:start}}
button{{font:inherit;color:inherit;background:none;border:1px solid var(--st-border-color);border-radius:{RADIUS_PX}px;
 min-height:{TARGET_PX}px;cursor:pointer;text-align:start;padding:.5rem .75rem}}
button:hover{{background:var(--st-secondary-background-color)}}
button:focus-visible{{outline:3px solid var(--st-primary-color);outline-offset:-3px}}
.tile{{display:grid;align-content:start}}
.tile b{{font-size:1.55rem;font-variant-numeric:tabular-nums}}
.tile.alarm b{{--c:#c2452d;color:var(--k,var(--c))}}
.tile .note,.card .sub,.none{{font-size:.84rem;opacity:.75}}
.ages b{{font-variant-numeric:tabular-nums;margin-inline-start:.4em}}
.stage{{display:grid;gap:.5rem;min-width:0}}
.lead{{border:0;border-top:4px solid var(--k,var(--c));border-radius:0;display:flex;justify-content:space-between;
 align-items:center;padding:.4rem .2rem;font-weight:600}}
.lead b{{font-size:1.3rem;font-variant-numeric:tabular-nums}}
.lead i{{font-style:normal;color:var(--k,var(--c));margin-inline-end:.4em}}
.card{{border:1px solid var(--st-border-color);border-radius:{RADIUS_PX}px;padding:.5rem .7rem;display:grid;gap:.2rem;
 width:100%;overflow-wrap:anywhere;line-height:1.4}}
.card .chips{{display:flex;flex-wrap:wrap;gap:.3rem;font-size:.84rem}}
.card .chips span{{border:1px solid var(--k,var(--c));border-radius:{RADIUS_PX}px;padding:.05em .5em}}
.card .chips b{{color:var(--k,var(--c));margin-inline-end:.3em}}
@media (prefers-color-scheme:dark){{.lead,.tile.alarm b,.card .chips span{{
 --k:color-mix(in srgb,var(--c) 60%,#fff)}}}}
@media (max-width:900px){{.stages{{grid-template-columns:1fr 1fr}}}}
@media (max-width:640px){{.tiles{{grid-template-columns:1fr 1fr}}.stages{{grid-template-columns:1fr}}}}
"""
JS = """
const node = (tag, cls, ...inside) => {
  const made = document.createElement(tag);
  if (cls) made.className = cls;
  made.append(...inside.filter((one) => one != null && one !== ''));
  return made;
};
const chip = (one) => {
  const made = node('span', '', one.sign ? node('b', '', one.sign) : '', one.chip);
  made.style.setProperty('--c', one.colour);
  return made;
};
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.drawing');
  if (!root) return;
  const leads = (made, where) => { made.onclick = () => setTriggerValue('led', where); return made; };
  const tiles = data.tiles.map((one) => leads(node('button', one.alarm ? 'tile alarm' : 'tile',
    node('span', '', one.label), node('b', '', one.value), node('span', 'note', one.note)), one.leads));
  const ages = data.ages.map((one) => leads(node('button', '', one.label, node('b', '', one.value)), one.leads));
  const stages = data.stages.map((one) => {
    const title = node('span', '', node('i', '', one.sign), one.label);
    const head = leads(node('button', 'lead', title, node('b', '', one.value)), one.leads);
    const cards = one.cards.map((card) => {
      const made = node(data.opens ? 'button' : 'div', 'card', node('span', '', card.title),
        node('span', 'sub', card.sub), node('div', 'chips', ...card.chips.map(chip)));
      if (data.opens) made.onclick = () => setTriggerValue('opened', card.id);
      return made;
    });
    const column = node('div', 'stage', head, ...(cards.length ? cards : [node('span', 'none', data.none)]));
    column.style.setProperty('--c', one.colour);
    return column;
  });
  root.replaceChildren(node('div', 'board', node('div', 'tiles', ...tiles),
    node('div', 'ages', node('span', '', data.aged), ...ages), node('div', 'stages', ...stages)));
}
"""


def board(
    tiles: Sequence[dict[str, Any]],
    aged: str,
    ages: Sequence[dict[str, Any]],
    stages: Sequence[dict[str, Any]],
    none: str,
    on_lead: Callable[[str], None],
    on_open: Callable[[int], None] | None = None,
) -> None:
    """Draw the board. Tiles, ages and stages are label, value and `leads`, which a tap hands to `on_lead`.

    A tile may be an `alarm` and has a `note`; a stage has colour, sign and `cards` (id, title, sub, chips).
    """
    component = st.components.v2.component(
        "rounds_board", html='<div class="drawing"></div>', css=CSS, js=ONE_STEP + JS
    )
    data = {
        "tiles": tuple(tiles), "aged": aged, "ages": tuple(ages), "stages": tuple(stages), "none": none,
        "opens": on_open is not None,
    }  # fmt: skip
    result = component(data=data, key="board", on_led_change=lambda: None, on_opened_change=lambda: None)
    if result.led is not None:
        on_lead(str(result.led))
    if on_open is not None and result.opened is not None:
        on_open(int(result.opened))
