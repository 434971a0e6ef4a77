"""Lists: one light component that shows rows of text, with large tap targets and no horizontal scrolling.

Cells reach the browser as data and become text nodes, so that HTML in a name stays a name. Below 640 px each row is a
card. `st.dataframe` draws on a canvas that screen readers and fingers handle badly, and loads pandas.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from audit.services.values import Slice
from audit.tokens import RADIUS_PX, TARGET_PX
from audit.ui.gallery import LARGE, LARGE_CSS
from audit.ui.history import ONE_STEP
from audit.ui.words import look

CSS = f"""{LARGE_CSS}
:host{{display:block}}
table{{width:100%;border-collapse:collapse;font-size:.94rem;line-height:1.45;color:var(--st-text-color)}}
th{{text-align:start;font-weight:600;font-size:.82rem;opacity:.72;padding:.5rem .6rem;white-space:nowrap;
 border-bottom:1px solid var(--st-border-color)}}
td{{padding:.55rem .6rem;vertical-align:middle;border-bottom:1px solid var(--st-border-color);overflow-wrap:anywhere}}
td:not(.open){{min-width:5rem}}
td.n:has(>.lead){{min-width:{TARGET_PX}px}}
td:first-child{{min-width:7rem}}
td.wide{{min-width:9.5rem}}
tr.go{{cursor:pointer;height:{TARGET_PX}px}}
tr.go:hover td,tr.go:focus td{{background:var(--st-secondary-background-color)}}
tr.go:focus{{outline:3px solid var(--st-primary-color);outline-offset:-3px}}
.n{{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}}
.sub{{display:block;font-size:.84rem;opacity:.72;white-space:normal;word-break:keep-all}}
.sub.long{{word-break:normal}}
.sub.line{{white-space:nowrap}}
.chip{{--k:var(--c);display:inline-flex;gap:.35em;align-items:baseline;border:1px solid var(--k);
 border-radius:{RADIUS_PX}px;padding:.06em .55em;max-width:100%;box-sizing:border-box;font-size:.88rem}}
td>span:not(.sub,.chip){{display:inline-block;white-space:pre-wrap}}
td>span.figure:not(.sub){{white-space:nowrap}}
td>span.moment{{word-break:keep-all;overflow-wrap:normal}}
.chip b{{color:var(--k);font-weight:700}}
.chip.whole,td>span.whole{{overflow-wrap:normal}}
td>.chip.line{{white-space:nowrap}}
button.chip{{min-height:{TARGET_PX}px;align-items:center;background:none;color:inherit;font-family:inherit;cursor:pointer;
 text-align:start}}
button.chip::after{{content:"›";opacity:.5}}
button.chip:hover,button.chip:focus-visible{{background:var(--st-secondary-background-color)}}
.lead{{display:inline-block}}
button.lead{{all:unset;box-sizing:border-box;display:inline-flex;flex-direction:column;justify-content:center;
 min-height:{TARGET_PX}px;min-width:{TARGET_PX}px;cursor:pointer;color:var(--st-link-color)}}
button.lead>.sub{{color:var(--st-text-color)}}
button.lead:hover{{background:var(--st-secondary-background-color)}}
button.lead:focus-visible{{outline:3px solid var(--st-primary-color);outline-offset:2px}}
.n>button.lead{{text-align:end}}
.chips{{display:flex;flex-wrap:wrap;gap:.3rem}}
.shots{{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.4rem}}
.shots button{{all:unset;width:8rem;cursor:zoom-in;border-radius:{RADIUS_PX}px}}
.shots button:focus-visible{{outline:3px solid var(--st-primary-color);outline-offset:2px}}
.open{{color:color-mix(in srgb,var(--st-text-color) 50%,transparent);width:1.2rem;text-align:end}}
td.tick{{width:1.6rem;min-width:0;font-size:1.3rem;text-align:center}}
th.tick{{padding:0}}th.tick button{{all:unset;cursor:pointer;font-size:1.3rem;min-width:{TARGET_PX}px;
 min-height:{TARGET_PX}px;text-align:center}}
th.tick button:focus-visible{{outline:3px solid var(--st-primary-color)}}
@media (prefers-color-scheme:dark){{.chip{{--k:color-mix(in srgb,var(--c) 60%,#fff)}}}}
@media (max-width:800px){{td,th{{padding-left:.45rem;padding-right:.45rem}}}}
@media (max-width:640px){{thead:not(.ticks){{display:none}}.n{{text-align:start}}.open{{display:none}}
 thead.ticks th:not(.tick){{display:none}}
 tr{{display:block;padding:.4rem 0;border-bottom:1px solid var(--st-border-color)}}
 tr.go{{height:auto;min-height:{TARGET_PX}px}}  /* a block of this height would let its cells run over the next */
 td{{display:block;border:0;padding:.15rem .4rem}}
 td.n[data-title]{{display:flex;justify-content:space-between;align-items:center;gap:.8rem}}
 td.n[data-title]::before{{content:attr(data-title);font-size:.84rem;opacity:.72;white-space:normal}}}}
"""

JS = """
const LINE = 24;  // columns of a typewriter, of which a Chinese character takes two: a shorter chip stays on one line
const long = (text) => [...text].reduce((sum, letter) => sum + (letter > '\\u2e80' ? 2 : 1), 0);
const NOTE = 16;  // columns: a shorter quiet line stays one
const CLAUSE = /[\\s、，。；：！？]+/;  // a quiet line breaks between these, or anywhere where that is not enough
const WORD = 14;  // letters: a longer word may be broken, so that it cannot push the table out of the page
const MOMENT = /^\\d[\\d年月日:–\\s]*$/;  // Chinese dates and times: break at their spaces
const FIGURE = /^\\d.{0,11}$/;  // a date, or a number with its unit: stays on one line
const shots = ({ pictures, words }) => {
  const row = node('div', 'shots');
  for (const picture of pictures) {
    const made = node('button');
    made.setAttribute('aria-label', picture.alt);
    made.append(box(picture, 'thumbnail'));
    made.onclick = (event) => { event.stopPropagation(); show(made.closest('.rows'), picture, words); };
    row.append(made);
  }
  return row;
};
const goes = (made, one, follow) => {
  made.onclick = (event) => { event.stopPropagation(); follow(one.leads); };
  made.onkeydown = (event) => event.stopPropagation();
};
const figure = (one, title, follow) => {
  const made = node(one.leads == null ? 'span' : 'button', 'lead');
  made.append(node('span', 'whole', one.figure));
  if (one.note) made.append(node('span', 'sub', one.note));
  if (one.leads != null) {
    goes(made, one, follow);
    made.setAttribute('aria-label', [title, one.figure, one.note].filter(Boolean).join(' '));
  }
  return made;
};
const short = (text) => text.split(/\\s/).every((word) => word.length <= WORD);
const quiet = (text) => {
  const kept = text.split(CLAUSE).every((clause) => long(clause) <= LINE);
  return node('span', long(text) <= NOTE ? 'sub line' : kept ? 'sub' : 'sub long', text);
};
const part = (one, title, follow) => {
  if (typeof one !== 'object') {
    const look = FIGURE.test(one) ? 'figure' : MOMENT.test(one) ? 'moment' : short(String(one)) ? 'whole' : '';
    return node('span', look, String(one));
  }
  if (one.sub != null) return quiet(one.sub);
  if (one.pictures) return shots(one);
  if (one.figure != null) return figure(one, title, follow);
  const leads = one.leads != null && follow;
  const look = `chip${short(one.chip) ? ' whole' : ''}${long(one.chip) <= LINE ? ' line' : ''}`;
  const chip = node(leads ? 'button' : 'span', look);
  if (leads) goes(chip, one, follow);
  chip.style.setProperty('--c', one.colour);
  if (one.sign) { const sign = node('b', '', one.sign); sign.setAttribute('aria-hidden', 'true'); chip.append(sign); }
  chip.append(node('span', '', one.chip));
  return chip;
};
const fill = (td, cell, title, follow) => {
  const parts = (Array.isArray(cell) ? cell : [cell]).filter((one) => one != null);
  const chips = parts.length > 1 && parts.every((one) => one.chip != null);
  const box = chips ? node('div', 'chips') : td;
  for (const one of parts) box.append(part(one, title, follow));
  if (chips) td.append(box);
};
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.rows');
  if (!root) return;
  const table = node('table'), thead = node('thead'), tbody = node('tbody'), head = node('tr');
  if (data.label) table.setAttribute('aria-label', data.label);
  const picked = data.picked && new Set(data.picked), pick = () => setTriggerValue('picked', [...picked].join(','));
  if (picked) {
    const all = data.rows.every((row) => picked.has(row.id)), th = node('th', 'tick'), button = node('button');
    button.textContent = all ? '☑' : '☐';
    button.setAttribute('aria-label', data.all);
    button.onclick = () => { for (const row of data.rows) all ? picked.delete(row.id) : picked.add(row.id); pick(); };
    th.append(button);
    head.append(th);
    thead.className = 'ticks';
  }
  for (const column of data.columns) {
    const th = node('th', column.number ? 'n' : '', column.title);
    th.scope = 'col';
    head.append(th);
  }
  if (data.opens) head.append(node('td', 'open'));
  thead.append(head);
  for (const row of data.rows) {
    const tr = node('tr', data.opens || picked ? 'go' : '');
    if (picked) tr.append(node('td', 'tick', picked.has(row.id) ? '☑' : '☐'));
    row.cells.forEach((cell, place) => {
      const { title, number, wide } = data.columns[place], td = node('td', number ? 'n' : wide ? 'wide' : '');
      if (number) td.dataset.title = title;
      fill(td, cell, title, (id) => setTriggerValue('followed', id));
      tr.append(td);
    });
    if (data.opens) {
      const arrow = node('td', 'open', '›');
      arrow.setAttribute('aria-hidden', 'true');
      tr.append(arrow);
    }
    if (data.opens || picked) {
      tr.tabIndex = 0;
      tr.setAttribute('role', picked ? 'checkbox' : 'button');
      if (picked) tr.setAttribute('aria-checked', picked.has(row.id));
      const toggle = () => { picked.delete(row.id) || picked.add(row.id); pick(); };
      const open = picked ? toggle : () => setTriggerValue('opened', row.id);
      tr.onclick = open;
      tr.onkeydown = (event) => {
        if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); open(); }
      };
    }
    tbody.append(tr);
  }
  table.append(thead, tbody);
  root.replaceChildren(table);
}
"""


@dataclass(frozen=True)
class Col:
    """A column: its title, whether it holds numbers (right-aligned), and whether it is what people read most."""

    title: str
    number: bool = False
    wide: bool = False


Leads = int | str  # an id, or an address


def chip(group: str, code: str, text: str, leads: Leads | None = None) -> dict[str, Any]:
    """A state as a cell: sign, word and colour. `leads`: what a tap on it hands to the table's `on_follow`."""
    colour, sign = look(group, code)
    return {"chip": text, "colour": colour, "sign": sign, "leads": leads}


def figure(text: str, leads: Leads | None, note: str = "") -> dict[str, Any]:
    """A number as a cell, with a quieter line below; `leads` as of `chip`, None where it has no rows to show."""
    return {"figure": text, "leads": leads, "note": note}


def sub(text: str) -> dict[str, str]:
    """A second, quieter line in a cell."""
    return {"sub": text}


def table(
    key: str,
    columns: Sequence[Col],
    rows: Sequence[tuple[int, Sequence[Any]]],
    label: str = "",
    on_open: Callable[[int], None] | None = None,
    on_follow: Callable[[Any], None] | None = None,
    picked: Collection[int] | None = None,
    on_pick: Callable[[list[int]], None] | None = None,
) -> None:
    """Show rows (id, cells); a cell is text, `chip(…)`, `figure(…)`, or a list of these with `sub(…)` and
    pictures (`gallery.row_of`).

    With `on_open` a tapped row calls it with the row's id; a tapped chip or figure
    that leads somewhere calls `on_follow` with where.
    With `picked` a tap ticks or unticks its row, and `on_pick` is called with the ids of all that are ticked then.
    """
    component = st.components.v2.component(
        "rounds_table", html='<div class="rows"></div>', css=CSS, js=ONE_STEP + LARGE + JS
    )
    data = {
        "label": label,
        "opens": on_open is not None,
        "picked": None if picked is None else tuple(picked),
        "all": label,
        # Tuples: Streamlit asks of a list whether it is a data frame, and loads pandas to find out.
        "columns": tuple(asdict(column) for column in columns),
        "rows": tuple({"id": number, "cells": list(cells)} for number, cells in rows),
    }
    triggers: Any = {f"on_{name}_change": lambda: None for name in ("opened", "followed", "picked")}
    result = component(data=data, key=key, **triggers)
    if on_pick is not None and result.picked is not None:
        on_pick([int(number) for number in str(result.picked).split(",") if number])
    if on_follow is not None and result.followed is not None:
        on_follow(result.followed)
    if on_open is not None and result.opened is not None:
        on_open(int(result.opened))


def pager(found: Slice, _: Callable[[str], str], key: str = "page") -> None:
    """Which part of a longer list is shown, and the way to the other parts; only the number for a short list.

    The page goes to the address before the list is drawn again, so that only its fragment runs, and once.
    """
    if found.pages == 1:
        st.caption(_("1 entry") if found.total == 1 else _("{count} entries").format(count=found.total))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("← Previous"), disabled=found.page == 1, key=f"{key}_previous", on_click=_turn, args=(key, found.page - 1)
        )
        st.text(
            _("Page {page} of {pages}, {count} entries").format(page=found.page, pages=found.pages, count=found.total)
        )
        st.button(
            _("Next →"), disabled=found.page == found.pages, key=f"{key}_next", on_click=_turn,
            args=(key, found.page + 1),
        )  # fmt: skip


def _turn(key: str, page: int) -> None:
    st.query_params[key] = str(page)


def page_number(key: str = "page") -> int:
    """The page of the list that the address names."""
    value = st.query_params.get(key, "1")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 1


def first_page(key: str = "page") -> None:
    """Back to the first page: call it when a filter changes."""
    st.query_params.pop(key, None)


def empty(text: str) -> None:
    """An empty list: what to do next."""
    with st.container(border=True):
        st.text(text)
