// What earlier visits found at this hall and nobody has settled: at the top of the visit, and in the card of its item.
import { html, useState } from "./lib.js";
import { Icon } from "./icons.js";
import { SEVERITIES } from "./marks.js";
import { Picture } from "./photos.js";
import { Sheet } from "./sheet.js";
import { formatDate, mark, pick, t } from "./strings.js";
import { dueIn } from "./when.js";

const STATES = {
  draft: mark("Not issued yet"), issued: mark("To be acknowledged"), objected: mark("Contested"), rectifying: mark("Being put right"),
  awaiting_support: mark("Awaiting support"), submitted: mark("Awaiting review"), reinspection: mark("To be re-inspected"),
};

const isLate = (finding) => Boolean(finding.due_at) && dueIn(finding.due_at).late;

/** All of them in one line that opens; nothing when there are none. */
export function OpenFindings({ visit }) {
  const findings = visit.open_findings ?? [];
  if (!findings.length) return null;
  const late = findings.filter(isLate).length;
  return html`<details class="open-findings"><summary><${Icon} name="flag" size=${20} />
      <b>${t("Open findings of this hall: {n}", { n: findings.length })}</b>
      ${late > 0 && html`<span class="late">${t("{n} overdue", { n: late })}</span>`}
      <span class="grow"></span><small>${t("Look whether they were put right")}</small></summary>
    <ul>${findings.map((finding) => html`<li key=${finding.id}><${OpenFinding} finding=${finding} /></li>`)}</ul></details>`;
}

/** One of them: number, item, how grave, what was seen, since when, until when. */
export function OpenFinding({ finding }) {
  const [large, setLarge] = useState(null);
  const due = finding.due_at ? dueIn(finding.due_at) : null;
  const photos = finding.photos ?? [];
  return html`<div class="open-finding"><div class="finding-text">
      <p><b>${t("No. {n}", { n: finding.id })}${finding.item_code && ` · ${finding.item_code}`}</b>
        <span>${t(SEVERITIES[finding.severity] ?? finding.severity)}</span><span>${t(STATES[finding.state] ?? finding.state)}</span></p>
      <p class="clause">${pick(finding, "clause")}</p>
      ${finding.observation && html`<p>${finding.observation}</p>`}
      <p class="dates"><span>${t("since {date}", { date: formatDate(finding.since) })}</span>
        ${due ? html`<span class=${due.late ? "late" : ""}>${t("due {date}", { date: formatDate(finding.due_at) })}${due.text && ` · ${due.text}`}</span>`
          : html`<span>${t("no date set yet")}</span>`}</p></div>
    ${photos.slice(0, 2).map((uuid) => html`<button type="button" key=${uuid} class="finding-photo" aria-label=${t("Photo of the open finding")}
      onClick=${() => setLarge(uuid)}><${Picture} uuid=${uuid} alt=${t("Photo of the open finding")} /></button>`)}
    ${large && html`<${Large} finding=${finding} uuids=${photos} onClose=${() => setLarge(null)} />`}</div>`;
}

const Large = ({ finding, uuids, onClose }) => html`<${Sheet} title=${t("No. {n}", { n: finding.id })} wide=${true} onClose=${onClose}>
  <p>${finding.observation || pick(finding, "clause")}</p>
  ${uuids.map((uuid) => html`<div class="finding-large" key=${uuid}><${Picture} uuid=${uuid} size=${navigator.onLine ? "view" : "thumb"} alt=${t("Photo of the open finding")} /></div>`)}<//>`;
