// The communication record of an assignment: the exit meeting with the branch.
import { Field } from "./field.js";
import { Icon } from "./icons.js";
import { html, useEffect, useState, useTopics } from "./lib.js";
import { LinkMark, Safety } from "./marks.js";
import { addPhoto } from "./photo.js";
import { Photos, Picture } from "./photos.js";
import { Editor } from "./editor.js";
import { useTeamMates } from "./look.js";
import { Rivals } from "./rivals.js";
import { SignSheet } from "./signature.js";
import { changedAfter, textHash } from "./signed.js";
import { assignmentBook, record, state } from "./state.js";
import { mark, pick, several, t } from "./strings.js";

const EMPTY = { held_at: null, place: "", participants: [], opinion: "", agreed: "", signatures: [] };
const SUBJECT = "communication";
export const CHANGED = mark("The text was changed after these people signed: {names}.");

/** YYYY-MM-DDTHH:MM of an instant in this tablet's time, for the input; and back. */
const toLocal = (instant) => {
  if (!instant) return "";
  const date = new Date(instant);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};
const fromLocal = (text) => (text ? new Date(text).toISOString() : null);

/** What tells two records of the meeting apart. */
const said = (one) => html`<span>${[one.place, several((one.participants ?? []).map((person) => person.name))].filter(Boolean).join(" · ")}</span>
  ${one.opinion && html`<q>${one.opinion}</q>`} ${one.agreed && html`<q>${one.agreed}</q>`}`;

/** Those who signed another text than the one that stands now. */
export function useChanged(body) {
  const [hash, setHash] = useState("");
  useEffect(() => {
    let live = true;
    textHash(body).then((found) => { if (live) setHash(found); });
    return () => { live = false; };
  }, [body?.held_at, body?.place, body?.opinion, body?.agreed]);
  return changedAfter(body?.signatures, hash).map((one) => one.name);
}

export function Communication({ assignmentId, visitId, onLink }) {
  const book = assignmentBook(assignmentId);
  useTopics(book.topic(SUBJECT));
  useTeamMates(null, assignmentId);
  const [signing, setSigning] = useState(null);
  const [photo, setPhoto] = useState(null);
  const assignment = state.snapshot.assignments.find((one) => one.id === assignmentId);
  const closed = Boolean(assignment.communication?.closed);
  const { current } = book.resolve(SUBJECT);
  const body = { ...EMPTY, ...current?.body };
  const changed = useChanged(body);
  const change = (part) => record(book, SUBJECT, { ...EMPTY, ...book.body(SUBJECT), ...part });
  const begin = async (name) => {
    document.activeElement?.blur(); // what is being typed belongs to the text that is signed
    setSigning({ name, text_sha256: await textHash(book.body(SUBJECT)) });
  };
  const sign = async (file) => {
    const photo_uuid = await addPhoto(book, SUBJECT, "signature", file, "device");
    const others = (book.body(SUBJECT)?.signatures ?? []).filter((one) => one.name !== signing.name);
    change({ signatures: [...others, { ...signing, photo_uuid }] });
    setSigning(null);
  };
  const people = (list) => change({ participants: list, signatures: body.signatures.filter((one) => list.some((person) => person.name === one.name)) });
  return html`<div class="screen form-screen"><header class="bar form-bar">
      <a class="back" href=${visitId ? `#/visit/${visitId}/close` : "#/"} aria-label=${t("Back")}><${Icon} name="back" size=${26} /></a>
      <div class="place"><h1>${t("Exit meeting with the branch")}</h1><p>${pick(assignment.inspected, "name")} · ${pick(assignment.round, "name")}</p></div>
      <${LinkMark} onOpen=${onLink} /></header>
    <main class="page form-page"><div class="cards">
      ${closed && html`<p class="banner"><${Icon} name="check" /> <span>${t("All visits of this assignment are accepted: the record can be read, and no longer changed.")}</span></p>`}
      ${changed.length > 0 && html`<p class="banner warning" role="status"><${Icon} name="warning" />
        <span>${t(closed ? CHANGED : mark("The text was changed after these people signed: {names}. Please let them sign again."), { names: several(changed) })}</span></p>`}
      <section class="card">
      <header><h3>${t("Meeting")}</h3><span class="grow"></span><${Safety} value=${book.safety(SUBJECT)} /></header>
      <${Rivals} book=${book} subject=${SUBJECT} show=${said} />
      <div class="two"><label class="field"><span>${t("When")}</span><input type="datetime-local" value=${toLocal(body.held_at)} disabled=${closed}
          onChange=${(event) => change({ held_at: fromLocal(event.target.value) })} /></label>
        <${Field} label=${t("Where")} value=${body.place} limit=${200} disabled=${closed} onCommit=${(place) => change({ place })} /></div>
      ${!body.held_at && !closed && html`<button type="button" class="small" onClick=${() => change({ held_at: new Date().toISOString() })}>${t("It is now")}</button>`}
      </section>
      <${People} list=${body.participants} signatures=${body.signatures} ...${{ changed, closed }} onChange=${people} onSign=${begin} />
      <section class="card"><header><h3>${t("What was said")}</h3></header>
        <${Field} label=${t("Opinion of the branch")} value=${body.opinion} rows=${3} limit=${4000} disabled=${closed} onCommit=${(opinion) => change({ opinion })} />
        <${Field} label=${t("What was agreed")} value=${body.agreed} rows=${3} limit=${4000} disabled=${closed} onCommit=${(agreed) => change({ agreed })} />
        <${Photos} book=${book} attachedTo=${SUBJECT} roles=${["evidence"]} readOnly=${closed} onPhoto=${setPhoto} /></section></div></main>
    ${signing && html`<${SignSheet} title=${t("Signature of {name}", { name: signing.name })} onClose=${() => setSigning(null)} onSigned=${sign} />`}
    ${photo && html`<${Editor} book=${book} uuid=${photo} readOnly=${closed} onClose=${() => setPhoto(null)} />`}</div>`;
}

function People({ list, signatures, changed, closed, onChange, onSign }) {
  const set = (at, part) => onChange(list.map((person, n) => (n === at ? { ...person, ...part } : person)));
  return html`<section class="card"><header><h3>${t("Who was there")}</h3></header>
    ${list.map((person, n) => {
      const signature = signatures.find((one) => one.name === person.name && person.name);
      return html`<div class="person" key=${n}><${Field} label=${t("Name")} value=${person.name} limit=${60} disabled=${closed} onCommit=${(name) => set(n, { name })} />
        <${Field} label=${t("Position")} value=${person.role} limit=${60} disabled=${closed} onCommit=${(role) => set(n, { role })} />
        ${signature ? html`<span class="small-sign"><${Picture} uuid=${signature.photo_uuid} alt=${t("Signature of {name}", { name: person.name })} />
          ${changed.includes(person.name) && html`<small>${t("Changed after signing")}</small>`}</span>` : null}
        ${!closed && html`<button type="button" class=${changed.includes(person.name) ? "primary" : "tool"} disabled=${!person.name} onClick=${() => onSign(person.name)}>
          <${Icon} name="pen" /> ${signature ? t("Sign again") : t("Sign")}</button>
        <button type="button" class="plain" aria-label=${t("Remove {name}", { name: person.name })} onClick=${() => onChange(list.filter((_, at) => at !== n))}>
          <${Icon} name="trash" /></button>`}</div>`;
    })}
    ${!closed && html`<button type="button" class="tool" onClick=${() => onChange([...list, { name: "", role: "" }])}><${Icon} name="plus" /> ${t("Add a person")}</button>`}</section>`;
}
