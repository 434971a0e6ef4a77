"""Sending evidence from a page: several files, each with its own request, its status and another try.

The files go to our own route, not through Streamlit: one that fails holds up no other, and sending twice is harmless.
"""

from dataclasses import dataclass

import streamlit as st

from audit.tokens import RADIUS_PX, TARGET_PX
from audit.ui.page import Here

ACCEPT = "image/jpeg,image/png,image/webp,image/heic,.pdf,.docx,.xlsx"

CSS = f"""
:host{{display:block}}
.bar{{display:flex;gap:10px;flex-wrap:wrap;align-items:center;color:var(--st-text-color)}}
.bar button,li button{{min-height:{TARGET_PX}px;padding:0 1rem;font:inherit;color:inherit;cursor:pointer;
 background:none;border:1px solid var(--st-border-color);border-radius:{RADIUS_PX}px}}
.bar button:focus-visible{{outline:3px solid var(--st-primary-color);outline-offset:2px}}
ul{{list-style:none;margin:8px 0 0;padding:0;color:var(--st-text-color)}}
li{{display:flex;gap:12px;flex-wrap:wrap;align-items:center;justify-content:space-between;padding:6px 0;
 border-bottom:1px solid var(--st-border-color)}}
li span{{overflow-wrap:anywhere;min-width:0}}
li .bad{{color:#b3261e}}
"""

JS = """
const uuid = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64; bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};
const node = (tag, text) => {
  const made = document.createElement(tag);
  if (text != null) made.textContent = text;
  return made;
};
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.upload');
  if (!root || root.dataset.built) return;
  root.dataset.built = '1';
  const bar = node('div'), list = node('ul'), picker = node('input'), words = data.words;
  bar.className = 'bar';
  picker.type = 'file'; picker.multiple = true; picker.accept = data.accept; picker.hidden = true;
  list.setAttribute('aria-live', 'polite');
  let role = '', waiting = 0, sent = 0;
  for (const [code, label] of data.roles) {
    const button = node('button', `＋ ${label}`);
    button.onclick = () => { role = code; picker.value = ''; picker.click(); };
    bar.append(button);
  }
  const over = () => { waiting -= 1; if (!waiting && sent) { setTriggerValue('sent', sent); sent = 0; } };
  const send = async (entry) => {
    waiting += 1;
    entry.status.className = ''; entry.status.textContent = words.sending; entry.again.hidden = true;
    const said = new URLSearchParams({
      subject: data.subject, role: entry.role, proves: data.proves, filename: entry.file.name,
    });
    try {
      const answer = await fetch(`/api/v1/findings/${data.finding}/evidence/${entry.uuid}?${said}`,
        { method: 'PUT', body: entry.file, headers: { 'Content-Type': 'application/octet-stream' } });
      if (answer.ok) { entry.line.remove(); sent += 1; }
      else {
        const told = await answer.json().catch(() => ({}));
        throw new Error(told.message || words.failed);
      }
    } catch (error) {
      entry.status.className = 'bad';
      entry.status.textContent = error instanceof TypeError ? words.offline : error.message;
      entry.again.hidden = false;
    }
    over();
  };
  picker.onchange = () => {
    for (const file of picker.files) {
      const entry = { file, role, uuid: uuid(), line: node('li'), status: node('span'), again: node('button') };
      entry.again.textContent = words.again;
      entry.again.onclick = () => send(entry);
      entry.line.append(node('span', file.name), entry.status, entry.again);
      list.append(entry.line);
      send(entry);
    }
  };
  root.append(bar, picker, list);
}
"""


@dataclass(frozen=True)
class Purpose:
    """What the files are for: the finding, `subject` (rectification, objection, reinspection), the evidence asked."""

    finding_id: int
    subject: str
    proves: str = "photo"


def upload(me: Here, key: str, purpose: Purpose, roles: tuple[tuple[str, str], ...]) -> None:
    """One button for each of the `roles` (code, words); the page is drawn anew once all files have arrived."""
    component = st.components.v2.component("rounds_upload", html='<div class="upload"></div>', css=CSS, js=JS)
    _ = me._
    words = {
        "sending": _("Sending …"),
        "failed": _("This file was not kept. Please try again."),
        "offline": _("No connection. Please try again."),
        "again": _("Try again"),
    }
    data = {
        "finding": purpose.finding_id, "subject": purpose.subject, "proves": purpose.proves or "photo",
        "roles": roles, "accept": ACCEPT, "words": words,
    }  # fmt: skip
    component(data=data, key=key, on_sent_change=lambda: None)
