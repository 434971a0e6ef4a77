// What earlier visits found at this hall and nobody has settled: at the top of the visit, and in the card of its item.
import { html, useState } from "./lib.js";
import { Icon } from "./icons.js";
import { SEVERITIES } from "./marks.js";
import { Picture } from "./photos.js";
import { Sheet } from "./sheet.js";
import { formatDate, pick, t } from "./strings.js";
import { dueIn, today } from "./when.js";

const isLate = (finding) => Boolean(finding.due_at) && dueIn(finding.due_at).late;

/** All of them in one line that opens, and those closed not long ago in another; nothing when there are none. */
export function KnownFindings({ visit }) {
  const closed = visit.checklist ? [] : visit.closed_findings ?? []; // a re-inspection asks about open ones alone
  return html`<${OpenFindings} findings=${visit.open_findings ?? []} />
    ${closed.length > 0 && html`<details class="open-findings closed"><summary><${Icon} name="check" size=${20} />
      <b>${t("Closed findings of this hall: {n}", { n: closed.length })}</b>
      <span class="grow"></span><small>${t("Look whether it holds")}</small></summary>
    <ul>${closed.map((finding) => html`<li key=${finding.id}><${Finding} finding=${finding} /></li>`)}</ul></details>`}`;
}

function OpenFindings({ findings }) {
  if (!findings.length) return null;
  const late = findings.filter(isLate).length;
  return html`<details class="open-findings"><summary><${Icon} name="flag" size=${20} />
      <b>${t("Open findings of this hall: {n}", { n: findings.length })}</b>
      ${late > 0 && html`<span class="late">${t("{n} overdue", { n: late })}</span>`}
      <span class="grow"></span><small>${t("Look whether they were put right")}</small></summary>
    <ul>${findings.map((finding) => html`<li key=${finding.id}><${Finding} finding=${finding} /></li>`)}</ul></details>`;
}

/** What rating its item now will make of a closed finding; empty while that is open. */
function outcome(finding, rating) {
  if (rating === "fail" && finding.repeats) return t("Repeat: one step more severe");
  if (rating === "pass" && finding.verifies_on && finding.verifies_on <= today()) return t("Verified: the rectification holds");
  return "";
}

/** When it was closed and what happens if it comes back. */
const Closed = ({ finding }) => html`<span>${t("closed {date}", { date: formatDate(finding.closed_on) })}</span>
  ${finding.state !== "verified" && finding.verifies_on > today() && html`<span>${t("verified by a pass from {date} on", { date: formatDate(finding.verifies_on) })}</span>`}
  ${finding.repeats && html`<span>${t("failing again is a repeat")}</span>`}`;

/** One of them: number, item, how grave, what was seen, what the branch did, since when, until when; photos before and after. */
export function Finding({ finding, rating = null }) {
  const [large, setLarge] = useState(null);
  const due = finding.due_at ? dueIn(finding.due_at) : null;
  const photos = [...(finding.photos ?? []).slice(0, 1).map((uuid) => [uuid, finding.after?.length ? t("Before") : t("Photo of the finding")]),
    ...(finding.after?.length ? finding.after.slice(0, 1).map((uuid) => [uuid, t("After")]) : (finding.photos ?? []).slice(1, 2).map((uuid) => [uuid, t("Photo of the finding")]))];
  const says = finding.closed_on ? outcome(finding, rating) : "";
  return html`<div class=${finding.closed_on ? "open-finding closed" : "open-finding"}><div class="finding-text">
      ${says && html`<p class="outcome ${rating}"><${Icon} name=${rating === "fail" ? "warning" : "check"} size=${18} /> <b>${says}</b></p>`}
      <p><b>${[finding.number, finding.item_code].filter(Boolean).join(" · ")}</b>
        <span>${t(SEVERITIES[finding.severity] ?? finding.severity)}</span><span>${t(`finding_state.${finding.state}`)}</span>
        ${finding.repeat && html`<span class="late">${t("Repeat")}</span>`}</p>
      <p class="clause">${pick(finding, "clause")}</p>
      ${finding.observation && html`<p>${finding.observation}</p>`}
      ${finding.correction && html`<p class="done"><b>${t("Put right:")}</b> ${finding.correction}</p>`}
      <p class="dates">${finding.closed_on ? html`<${Closed} finding=${finding} />` : html`<span>${t("since {date}", { date: formatDate(finding.since) })}</span>
        ${due ? html`<span class=${due.late ? "late" : ""}>${t("due {date}", { date: formatDate(finding.due_at) })}${due.text && ` · ${due.text}`}</span>`
          : html`<span>${t("no date set yet")}</span>`}`}</p></div>
    ${photos.map(([uuid, word]) => html`<button type="button" key=${uuid} class="finding-photo" aria-label=${word}
      onClick=${() => setLarge(uuid)}><${Picture} uuid=${uuid} alt=${word} />${finding.after?.length > 0 && html`<small>${word}</small>`}</button>`)}
    ${large && html`<${Large} finding=${finding} uuids=${[...(finding.photos ?? []), ...(finding.after ?? [])]} onClose=${() => setLarge(null)} />`}</div>`;
}

const Large = ({ finding, uuids, onClose }) => html`<${Sheet} title=${finding.number || t("Photo of the finding")} wide=${true} onClose=${onClose}>
  <p>${finding.observation || pick(finding, "clause")}</p>
  ${uuids.map((uuid) => html`<div class="finding-large" key=${uuid}><${Picture} uuid=${uuid} size=${navigator.onLine ? "view" : "thumb"} alt=${t("Photo of the finding")} /></div>`)}<//>`;
