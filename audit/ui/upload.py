"""Sending evidence from a page: several files, each with its own request, its progress, its status and another try.

The files go to our own route, not through Streamlit: one that fails holds up no other, and sending twice is harmless.
The sending itself, the list of files and the camera are the modules that the tablet form and the page of a one-purpose
link use too (`audit/tablet/upload.js`, `ghost.js`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from audit.tokens import RADIUS_PX, TARGET_PX
from audit.ui.page import Here

PHOTOS = "image/jpeg,image/png,image/webp,image/heic"
ACCEPT = f"{PHOTOS},.pdf,.docx,.xlsx"

CSS = f"""
:host{{display:block}}
.bar{{display:flex;gap:10px;flex-wrap:wrap;align-items:center;color:var(--st-text-color)}}
.bar button{{display:inline-flex;gap:.6rem;align-items:center;min-height:{TARGET_PX}px;padding:0 1rem;font:inherit;
 color:inherit;cursor:pointer;background:none;border:1px solid var(--st-border-color);border-radius:{RADIUS_PX}px}}
.bar button:focus-visible{{outline:3px solid var(--st-primary-color);outline-offset:2px}}
.bar button.camera{{padding-left:4px}}
.bar img{{width:56px;height:42px;object-fit:cover;border-radius:4px}}
"""

JS = """
const node = (tag, text) => {
  const made = document.createElement(tag);
  if (text != null) made.textContent = text;
  return made;
};
const ours = (name) => import(new URL(`/tablet/${name}`, document.baseURI).href);
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.upload');
  if (!root || root.dataset.built) return;
  root.dataset.built = '1';
  Promise.all([ours('upload.js'), ours('ghost.js')]).then(([{ uploads }, { shoot }]) => {
    const bar = node('div'), picker = node('input'), place = node('div'), words = data.words;
    const said = (role, finding) => ({
      finding, place: data.places[finding], asked: { subject: data.subject, role, proves: data.proves[finding] },
    });
    const address = ({ uuid, file, said }, sha256, same) => `/api/v1/findings/${said.finding}/evidence/${uuid}?`
      + new URLSearchParams({ ...said.asked, filename: file.name, sha256, ...(same && { same }) });
    // Each finding gets the file by a request of its own, with its own status; the bytes travel with the first alone.
    const add = (files, role) => {
      let first;
      for (const finding of data.findings) {
        const made = list.add(files, said(role, finding), first);
        first ??= made;
      }
    };
    const list = uploads(place, { address, words, onIdle: (count) => setTriggerValue('sent', count) });
    let role = '';
    bar.className = 'bar';
    picker.type = 'file'; picker.multiple = true; picker.accept = data.accept; picker.hidden = true;
    picker.onchange = () => add(picker.files, role);
    for (const uuid of matchMedia('(pointer: coarse)').matches ? data.before : []) {
      const button = node('button'), shown = node('img');
      button.className = 'camera';
      shown.src = `/photos/${encodeURIComponent(uuid)}/thumbnail`;
      shown.alt = '';
      button.append(shown, node('span', words.photo_after));
      button.onclick = async () => {
        const file = await shoot(root, `/photos/${encodeURIComponent(uuid)}/report`, words);
        if (file) add([file], 'after');
      };
      bar.append(button);
    }
    for (const [code, label] of data.roles) {
      const button = node('button', `＋ ${label}`);
      button.onclick = () => { role = code; picker.value = ''; picker.click(); };
      bar.append(button);
    }
    root.append(bar, picker, place);
  });
}
"""


@dataclass(frozen=True)
class Purpose:
    """What the files are for: the finding, `subject` (of `rectifying.SUBJECTS`), the evidence asked.

    `also`: further findings that get each file too, with the evidence asked there; `places`: what each is called then;
    `before`: photos (uuids) of the state before, over which the camera takes the photo after; `accept`: types.
    """

    finding_id: int
    subject: str
    proves: str = "photo"
    before: tuple[str, ...] = field(default=())
    accept: str = ACCEPT
    also: Mapping[int, str] = field(default_factory=dict)
    places: Mapping[int, str] = field(default_factory=dict)


def upload(me: Here, key: str, purpose: Purpose, roles: tuple[tuple[str, str], ...]) -> None:
    """One button for each of the `roles` (code, words); the page is drawn anew once all files have arrived."""
    component = st.components.v2.component("rounds_upload", html='<div class="upload"></div>', css=CSS, js=JS)
    proves = {purpose.finding_id: purpose.proves, **purpose.also}
    data = {
        "findings": tuple(proves), "subject": purpose.subject,
        "proves": {str(finding): asked or "photo" for finding, asked in proves.items()},
        "places": {str(finding): place for finding, place in purpose.places.items()},
        "before": purpose.before, "roles": roles, "accept": purpose.accept, "words": _words(me),
    }  # fmt: skip
    component(data=data, key=key, on_sent_change=lambda: None)


def _words(me: Here) -> dict[str, str]:
    _ = me._
    return {
        "waiting": _("Waiting"), "sending": _("Sending {percent} %"), "checking": _("Being checked …"),
        "received": _("Received"), "offline": _("No connection: it is sent as soon as there is one"),
        "failed": _("This file was not kept. Please try again."), "too_big": _("Larger than {limit} MB."),
        "signin": _("Your sign-in has ended. Please sign in again and try once more."), "again": _("Try again"),
        "drop": _("Leave it out"), "photo_after": _("Take the photo after"), "take": _("Take the photo"),
        "use": _("Use this photo"), "anew": _("Take it again"), "cancel": _("Cancel"),
        "ghost": _("Strength of the earlier photo"),
        "hint": _("Stand so that the picture lies on the pale earlier one."),
        "camera_app": _("Use the phone's camera"),
        "denied": _("The camera cannot be shown here. Take the photo with the phone's camera and compare."),
    }  # fmt: skip
