"""Text fields that are kept while somebody types: sent to our own route after a short pause, without drawing the page.

A Streamlit text area tells the server of its text when it is left; what was typed before a tab closed would be lost.
Leaving a field draws the page anew, and keeps its text before that in the same message: a button that is pressed next
finds it there. The keeping itself is the module that the page of a one-purpose link uses (`audit/tablet/keeping.js`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from audit.services.loop.fields import NAME_LIMIT, TEXT_LIMIT
from audit.tokens import RADIUS_PX, TARGET_PX
from audit.ui.page import Here

CSS = f"""
:host{{display:block}}
.draft{{display:grid;gap:1rem;color:var(--st-text-color);font-family:var(--st-font)}}
.draft div{{display:grid;gap:.3rem}}
label{{font-size:.875rem}}
textarea,input{{font:inherit;font-size:1rem;line-height:1.55;color:inherit;padding:.7rem .8rem;box-sizing:border-box;
 width:100%;background:var(--st-secondary-background-color);border:1px solid var(--st-border-color);
 border-radius:{RADIUS_PX}px;min-height:{TARGET_PX}px}}
textarea{{min-height:7rem;resize:vertical}}
textarea:focus,input:focus{{outline:2px solid var(--st-primary-color);outline-offset:-1px}}
small{{opacity:.75}}
.state{{margin:0;min-height:1.5em;font-size:.9rem}}
.state.bad{{color:var(--st-red-text-color,#b3261e);font-weight:600}}
.rival{{display:grid;gap:.5rem;padding:.8rem;border:1px solid var(--st-border-color);border-radius:{RADIUS_PX}px}}
.rival p,.rival blockquote{{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}}
.rival button{{min-height:{TARGET_PX}px;font:inherit;color:inherit;background:none;cursor:pointer;
 border:1px solid var(--st-border-color);border-radius:{RADIUS_PX}px}}
"""

JS = """
const node = (tag, text) => {
  const made = document.createElement(tag);
  if (text != null) made.textContent = text;
  return made;
};
const ours = (name) => import(new URL(`/tablet/${name}`, document.baseURI).href);
const tokensOf = (data) => Object.fromEntries(data.boxes.map(({ name, seen }) => [name, JSON.stringify(seen)]));
const build = (root, data) => data.boxes.map((box) => {
  const place = node('div'), label = node('label', box.label), field = node(box.short ? 'input' : 'textarea');
  Object.assign(field, { id: box.name, name: box.name, value: box.value, maxLength: data.limits[+box.short] });
  field.placeholder = box.placeholder;
  label.htmlFor = box.name;
  place.append(label, field);
  if (box.help) place.append(node('small', box.help));
  root.append(place);
  return field;
});
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.draft');
  if (!root) return;
  root.fresh?.(data, setTriggerValue);
  if (root.fresh) return;
  let latest = data, known = data.version, tell = setTriggerValue;
  const fields = build(root, data), state = node('p');
  state.className = 'state';
  state.setAttribute('role', 'status');
  root.append(state);
  root.fresh = (next, trigger) => { latest = next; tell = trigger; };
  Promise.all([ours('keeping.js'), ours('upload.js')]).then(([{ keeper }, { read }]) => {
    const put = async (given, seen, more) => {
      const body = { findings: data.findings, given,
        seen: Object.fromEntries(Object.entries(seen).map(([name, token]) => [name, JSON.parse(token)])) };
      const answer = await fetch('/api/v1/answers', {
        method: 'PUT', headers: { 'Content-Type': 'application/json', 'X-Rounds-User': data.person,
          'Accept-Language': data.words.language }, body: JSON.stringify(body), cache: 'no-store', ...more,
      });
      const kept = read(answer.status, await answer.text(), answer.headers.get('Retry-After'));
      known = Math.max(known, kept.version);
      return kept;
    };
    const kept = keeper({
      fields: () => fields, put, texts: data.words, language: data.words.language,
      say: (kind, text) => { state.className = `state ${kind}`; state.textContent = text; },
      key: () => `answer-${data.person}-${data.key}`,
      after: (value) => JSON.stringify(data.findings.map(() => value.trim())),
      stale: () => tell('asked', Date.now()), gone: () => tell('asked', Date.now()),
    });
    const follow = () => {
      if (latest.version < known) return;  // drawn before what is on this page was kept
      known = latest.version;
      kept.compare(Object.fromEntries(latest.boxes.map(({ name, value }) => [name, value])), tokensOf(latest));
    };
    kept.draw(tokensOf(data));
    root.fresh = (next, trigger) => { latest = next; tell = trigger; follow(); };
    if (latest !== data) follow();
    for (const field of fields) {
      field.addEventListener('change', () => {
        const seen = kept.token(field.name);
        if (seen) tell('left', { name: field.name, value: field.value, seen: JSON.parse(seen) });
      });
    }
  });
}
"""


@dataclass(frozen=True)
class Box:
    """One text: its field, what stands in it, and what stood there in each of the findings (`seen`).

    `short`: one line, a name.
    """

    name: str
    label: str
    value: str
    seen: tuple[str, ...]
    short: bool = False
    placeholder: str = ""
    help: str = ""


def draft(
    me: Here,
    key: str,
    findings: Sequence[int],
    version: int,
    boxes: Sequence[Box],
    keep: Callable[[str, str, Mapping[int, str]], None],
) -> None:
    """Show the boxes. `version` grows with every change of these answers.

    `keep(name, value, seen by finding)` is called when a box is left, before the page is drawn.
    """

    def left() -> None:
        told: Any = st.session_state[key].left
        if told:
            keep(told["name"], told["value"], dict(zip(findings, told["seen"], strict=True)))

    component = st.components.v2.component("rounds_draft", html='<div class="draft"></div>', css=CSS, js=JS)
    data = {
        "key": key, "person": str(me.actor.account_id), "findings": tuple(findings), "version": version,
        "boxes": tuple(asdict(box) for box in boxes), "limits": (TEXT_LIMIT, NAME_LIMIT), "words": _words(me),
    }  # fmt: skip
    component(data=data, key=key, on_left_change=left, on_asked_change=lambda: None)


def _words(me: Here) -> dict[str, str]:
    _ = me._
    return {
        "language": "en" if me.locale.startswith("en") else "zh-CN",
        "saving": _("Saving …"), "saved": _("Saved {time}"),
        "signin": _("Not saved: your sign-in has ended. Please sign in again in another tab."),
        "unsaved": _("Not saved: no connection. Stay on this page; it is saved as soon as there is one."),
        "bad": _("This cannot be saved: {reason}"), "differs": _("Somebody changed this meanwhile to:"),
        "mine": _("Keep mine"), "theirs": _("Take theirs"),
    }  # fmt: skip
