// What the server refused and this tablet keeps: which record of which hall it is, why, and the two ways on.
import { html, useEffect, useState } from "./lib.js";
import { Icon } from "./icons.js";
import { RatingMark } from "./marks.js";
import { goTo, placeOf, titleOf } from "./places.js";
import { ask } from "./sheet.js";
import { bookOf, checklistOf, record as enter, state } from "./state.js";
import { explain, pick, t } from "./strings.js";
import { forgetPhoto, forgetRevisions, link } from "./sync.js";

const TEXTS = ["note", "reason", "text", "caption", "opinion", "agreed"]; // of a record's body, what a person typed

/** All of them; nothing when there are none. `onClose` is called before the form opens at one. */
export function Refused({ onClose }) {
  const [parked, setParked] = useState([]);
  useEffect(() => {
    const { store } = state;
    Promise.all([store.revisions(), store.photos()]).then(([revisions, photos]) =>
      setParked([...revisions, ...photos].filter((one) => one.state === "parked")));
  }, [link.parked]);
  return parked.length > 0 && html`<h3>${t("Refused by the server, kept on this tablet")}</h3>
    <ul class="parked">${parked.map((one) => html`<${One} key=${one.uuid} record=${one} onClose=${onClose} />`)}</ul>`;
}

function One({ record, onClose }) {
  const { snapshot } = state;
  const book = bookOf(record);
  const visit = snapshot?.visits.find((one) => one.id === record.visit_id);
  const assignment = snapshot?.assignments.find((one) => one.id === record.assignment_id);
  const checklist = visit && checklistOf(visit);
  const where = visit ? pick(visit.outlet, "name") : record.visit_id === null && assignment ? pick(assignment.inspected, "name") : t("A visit that is not yours any more");
  const what = titleOf(record.body ? record.subject : `photo:${record.uuid}`, book, visit, checklist);
  const show = () => {
    onClose();
    if (visit) goTo(visit.id, placeOf(record.subject, book, checklist));
    else location.hash = `#/assignment/${record.assignment_id}`;
  };
  return html`<li><div class="grow"><b>${where} · ${what}</b>
      ${record.body && html`<p>${record.body.rating && html`<${RatingMark} value=${record.body.rating} />`}
        ${TEXTS.filter((name) => record.body[name]).map((name) => html`<q key=${name}>${record.body[name]}</q>`)}</p>`}
      <p class="why"><${Icon} name="warning" size=${18} /> ${explain(record.problem ?? { code: "unknown" }, { subject: what, item: what })}</p></div>
    <div class="tools">${(visit || (record.visit_id === null && assignment)) && html`<button type="button" class="tool" onClick=${show}>${t("Show it")}</button>`}
      <button type="button" class="tool danger-text" onClick=${() => letGo(book, record)}><${Icon} name="trash" /> ${t("Let go …")}</button></div></li>`;
}

/** Let go of a record that the server will never take, so that it holds up the visit no longer. */
async function letGo(book, record) {
  const sure = await ask(t("Let go of this record?"),
    t("The server does not have it. It leaves this tablet, and what stood before counts again. Save it as a file first if it may still be needed."), t("Let go"));
  if (!sure) return;
  if (record.body) {
    await forgetRevisions(book, [record]);
    return;
  }
  const subject = `photo:${record.uuid}`;
  const told = book.subjects.get(subject) ?? [];
  if (told.every((revision) => revision.state === "parked")) await forgetRevisions(book, told);
  else if (!book.body(subject).removed) enter(book, subject, { ...book.body(subject), removed: true });
  await forgetPhoto(book, record.uuid);
}
