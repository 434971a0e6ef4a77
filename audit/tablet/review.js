// The last step: signature, the talk with the branch, everything at a glance, and the submission by the leader.
import { call, Refused, SignInNeeded, Unreachable } from "./api.js";
import { CHANGED, useChanged } from "./communication.js";
import { visibleCodes } from "./conditions.js";
import { Icon } from "./icons.js";
import { html, useState, useTopics } from "./lib.js";
import { GradeMark, RATINGS } from "./marks.js";
import { nameOf } from "./places.js";
import { isCapped, percent, progress } from "./score.js";
import { ask, tell } from "./sheet.js";
import { Signature } from "./signature.js";
import { assignmentBook, refreshVisit, state } from "./state.js";
import { counted, explain, mark, pick, several, t } from "./strings.js";
import { link } from "./sync.js";

export const Closing = ({ book, visit, checklist, result, lacking, readOnly, onGo }) => html`<div class="cards">
  <${Signature} book=${book} readOnly=${readOnly} />
  ${!visit.checklist && html`<${Talk} assignmentId=${visit.assignment_id} visitId=${visit.id} />`}
  <${Summary} again=${Boolean(visit.checklist)} book=${book} checklist=${checklist} result=${result} />
  <${Submission} ...${{ book, visit, lacking, onGo }} /></div>`;

function Talk({ assignmentId, visitId }) {
  const book = assignmentBook(assignmentId);
  useTopics(book.key);
  const body = book.body("communication");
  const changed = useChanged(body);
  return html`<section class="card"><header><h3>${t("Exit meeting with the branch")}</h3></header>
    <p class="hint">${body?.agreed || body?.opinion || t("One record for all visits of this assignment: who was there, what the branch said, what was agreed.")}</p>
    ${changed.length > 0 && html`<p class="banner warning"><${Icon} name="warning" />
      <span>${t(CHANGED, { names: several(changed) })}</span></p>`}
    <a class="tool" href=${`#/assignment/${assignmentId}/${visitId}`}><${Icon} name="people" /> ${body ? t("Open the record") : t("Record the meeting")}</a></section>`;
}

/** The whole visit on one card: ratings by number, the failed items by name, photos, score. */
function Summary({ again, book, checklist, result }) {
  useTopics(book.key);
  const ratings = book.ratings();
  const shown = visibleCodes(checklist, ratings);
  const done = progress(checklist, ratings, shown);
  const items = checklist.sections.flatMap((section) => section.items).filter((item) => shown.has(item.code));
  const wrong = items.filter((item) => ["fail", "partial"].includes(ratings[item.code]));
  const photos = book.subjectsLike("photo:").filter((subject) => !book.body(subject)?.removed).length;
  return html`<section class="card review"><header><h3>${t("The visit at a glance")}</h3></header>
    <div class="glance"><div class="figure-big"><b>${again ? `${result.items - result.unanswered.length}/${result.items}` : result.total ?? "–"}</b>${!again && !result.unanswered.length && html`<${GradeMark} value=${result.grade} />`}
        ${isCapped(result) && html`<small>${t("Capped by {codes}; raw {raw}", { codes: result.capped_by.join(", "), raw: result.raw })}</small>`}
        ${result.provisional.length > 0 && html`<small>${t("provisional")}</small>`}</div>
      <ul class="tally">${(again ? RATINGS.filter((one) => ["pass", "fail"].includes(one.value)) : RATINGS).map((rating) => html`<li key=${rating.value} class=${rating.value}><i aria-hidden="true">${rating.sign}</i>
        <span>${t(rating.word)}</span><b>${items.filter((item) => ratings[item.code] === rating.value).length}</b></li>`)}
        <li><${Icon} name="camera" size=${18} /><span>${t("Photos")}</span><b>${photos}</b></li></ul></div>
    ${!again && html`<table class="rates"><caption class="hidden">${t("Sections")}</caption><tbody>${checklist.sections.map((section) => html`<tr key=${section.code}>
      <th scope="row">${section.code} ${pick(section, "title")}</th><td>${done[section.code].answered}/${done[section.code].asked}</td>
      <td class="number">${percent(result.sections[section.code]) ?? "–"}</td></tr>`)}</tbody></table>`}
    ${wrong.length > 0 && html`<ul class="wrong">${wrong.map((item) => html`<li key=${item.code} class=${ratings[item.code]}>
      <b>${item.code}</b> <span>${pick(item, "text")}</span> <em>${book.body(`item:${item.code}`)?.note || t("no note")}</em></li>`)}</ul>`}</section>`;
}

function Submission({ book, visit, lacking, onGo }) {
  useTopics("sync", book.key);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState(null);
  if (visit.state === "accepted" || visit.state === "cancelled") return null;
  if (visit.state === "submitted") return html`<${Recall} visit=${visit} book=${book} />`;
  const { waiting, parked } = book.unsent();
  const submit = async () => {
    const follows = visit.checklist ? t("What passed goes to the marketing department, what failed back to the branch with a new due date. It cannot be recalled.")
      : t("Findings are made from it. You can recall it until the marketing department opens it.");
    if (!(await ask(t("Submit this visit?"), follows, t("Submit"), "primary"))) return;
    setBusy(true);
    setRefusal(null);
    try {
      await refreshVisit(visit.id);
      await call("POST", `/visits/${visit.id}/submit`, { body: { manifest: manifest(book) }, owner: state.user.id, seconds: 60 });
      tell(t("Submitted. Thank you!"), null, "good");
      await refreshVisit(visit.id);
    } catch (error) {
      setRefusal(reasonOf(error, book, visit));
      if (error instanceof Refused) refreshVisit(visit.id, true).catch((failure) => console.info(failure.name)); // it may ask for more than this tablet knew
    }
    setBusy(false);
  };
  const blocked = lacking.length > 0 || waiting > 0 || parked > 0;
  return html`<section class="card submission" id="submission"><header><h3>${t("Submission")}</h3></header>
    <ul class="checks">
      <${Check} good=${!lacking.length} word=${lacking.length ? t("{n} still missing", { n: lacking.length }) : t("Nothing is missing")}
        action=${lacking.length ? html`<button type="button" class="small" onClick=${() => onGo(lacking[0].tab, lacking[0].at)}>${t("Go to the first")}</button>` : null} />
      <${Check} good=${!waiting} word=${waiting ? counted(waiting, mark("{n} record waits to be received by the server"), mark("{n} records wait to be received by the server")) : t("The server has received everything")} />
      ${parked > 0 && html`<${Check} good=${false} word=${counted(parked, mark("{n} record was refused by the server: tap the connection sign above"),
        mark("{n} records were refused by the server: tap the connection sign above"))} />`}
      <${Check} good=${book.leader} word=${book.leader ? t("You lead this team") : t("Only {name}, who leads this team, can submit", { name: book.team.find((member) => member.leader)?.name ?? "" })} />
    </ul>
    ${refusal && html`<p class="banner warning" role="alert"><${Icon} name="warning" /> ${refusal}</p>`}
    ${book.leader && html`<button type="button" class="primary big" disabled=${blocked || busy} onClick=${submit}><${Icon} name="send" /> ${busy ? t("Submitting…") : t("Submit the visit")}</button>`}
    ${book.leader && waiting > 0 && link.status === "offline" && html`<p class="hint">${t("There is no connection. Everything is kept; submit when the connection is back.")}</p>`}</section>`;
}

const Check = ({ good, word, action = null }) => html`<li class=${good ? "good" : "open"}><${Icon} name=${good ? "check" : "warning"} /> <span>${word}</span> ${action}</li>`;

/** All that this tablet knows of the visit; the server compares it with what it holds. */
export function manifest(book) {
  const photos = [];
  for (const subject of book.subjectsLike("photo:")) {
    const uuid = subject.slice(6);
    const known = book.receipts.get(uuid) ?? book.photoRecords.get(uuid);
    if (book.body(subject)?.removed && !book.receipts.has(uuid)) continue;
    photos.push({ uuid, sha256: known?.sha256 ?? "" });
  }
  return { revisions: [...book.known.keys()], photos };
}

function reasonOf(error, book, visit) {
  if (error instanceof Unreachable) return t("The server cannot be reached. Nothing was submitted; try again when the connection is back.");
  if (error instanceof SignInNeeded) return t("Sign in again, then submit. Everything is kept on this tablet.");
  if (error instanceof Refused) {
    const { params = {} } = error.problem;
    const subjects = [params.missing_questions, params.subjects].flat().filter(Boolean).map((subject) => nameOf(subject, book, visit));
    const items = [params.unanswered, params.missing_photos, params.missing_reasons, params.missing_dates, params.missing_notes].flat().filter(Boolean);
    const codes = [...new Set([...items, ...subjects])].join(", ");
    return `${explain(error.problem)}${codes ? ` (${codes})` : ""}`;
  }
  throw error;
}

function Recall({ visit, book }) {
  const [refusal, setRefusal] = useState(null);
  const recall = async () => {
    if (!(await ask(t("Recall this visit?"), t("It becomes open again and its draft findings are taken back. Submit it again when it is right."), t("Recall"), "primary"))) return;
    try {
      await call("POST", `/visits/${visit.id}/recall`, { body: {}, owner: state.user.id });
      await refreshVisit(visit.id);
      tell(t("Recalled: the visit is open again."), null, "good");
    } catch (error) {
      setRefusal(reasonOf(error, book, visit));
    }
  };
  return html`<section class="card submission"><header><h3>${t("Submission")}</h3></header>
    <p class="banner"><${Icon} name="check" /> ${t("Submitted; the marketing department will look at it.")}</p>
    ${refusal && html`<p class="banner warning" role="alert">${refusal}</p>`}
    ${book.leader && visit.can_recall && html`<button type="button" class="tool" onClick=${recall}><${Icon} name="undo" /> ${t("Recall")}</button>`}</section>`;
}
