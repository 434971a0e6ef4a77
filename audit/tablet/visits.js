// The first screen: my visits, today's first.
import { DONE, sorted } from "./groups.js";
import { html, useTopics } from "./lib.js";
import { Icon } from "./icons.js";
import { LinkMark } from "./marks.js";
import { checklistOf, state, visitBook } from "./state.js";
import { formatDate, formatInstant, pick, STATES, t } from "./strings.js";
import { useNews } from "./look.js";
import { progressOf } from "./missing.js";
import { relativeDay, today } from "./when.js";

export function Visits({ onLink, onLanguage }) {
  useTopics("list", "sync", "user");
  useNews();
  const { snapshot, user } = state;
  const groups = sorted(snapshot?.visits ?? [], today());
  return html`<div class="screen list-screen">
    <header class="bar"><a class="brand" href="/" aria-label=${t("To the office pages")}>
      <span class="seal" aria-hidden="true">巡</span><b>${t("Rounds")}</b></a>
      <span class="grow"></span>
      <button type="button" class="plain" onClick=${onLanguage}>${t("中文 / EN")}</button>
      <span class="who">${user?.name}</span>
      <${LinkMark} onOpen=${onLink} /></header>
    <main class="page">
      <div class="title"><h1>${t("My visits")}</h1><p>${t("Open a visit and fill it in; everything is kept on this tablet and sent when there is a connection.")}</p></div>
      ${state.fetchedAt && html`<p class="fresh">${t("As of {time}", { time: formatInstant(state.fetchedAt) })}</p>`}
      <${Group} title=${t("Today")} visits=${groups.today} empty=${t("Nothing is planned for today. Coming visits stand below.")} />
      ${groups.coming.length > 0 && html`<${Group} title=${t("Coming")} visits=${groups.coming} />`}
      ${groups.done.length > 0 && html`<${Group} title=${t("Done")} visits=${groups.done} />`}
    </main></div>`;
}

const Group = ({ title, visits, empty }) => html`<section class="group"><h2>${title} <small>${visits.length}</small></h2>
  ${visits.length ? html`<ul class="visits">${visits.map((visit) => html`<${Visit} key=${visit.id} visit=${visit} />`)}</ul>`
    : html`<p class="empty">${empty}</p>`}</section>`;

function Visit({ visit }) {
  const assignment = state.snapshot.assignments.find((one) => one.id === visit.assignment_id);
  const book = visitBook(visit.id);
  const unsent = book.unsent();
  const checklist = checklistOf(visit);
  const { answered, asked } = progressOf(book, checklist);
  const closed = DONE.has(visit.state);
  const begun = answered > 0 && visit.state === "planned" ? "open" : visit.state;
  const late = !closed && visit.planned_on < today();
  const pending = closed ? visit.score?.later?.length ?? 0 : 0;
  return html`<li><a class="visit ${visit.state}" href="#/visit/${visit.id}">
    <span class="visit-main"><b>${pick(visit.outlet, "name")}</b>
      <span>${pick(assignment?.inspected, "name")} · ${pick(assignment?.round, "name")}</span>
      <span class="address">${pick(visit.outlet, "address") || visit.outlet.address}</span></span>
    <span class="visit-when"><span class="state-mark ${begun}">${t(STATES[begun])}</span>
      <span class=${late ? "late" : ""}>${formatDate(visit.planned_on)}</span>
      <span class="visit-tags">${!closed && html`<b class=${late ? "late" : "soon"}>${relativeDay(visit.planned_on)}</b>`}
        ${pending > 0 && html`<b class="later-on">${t("{n} to answer later", { n: pending })}</b>`}
        ${visit.checklist && html`<b class="later-on">${t("Re-inspection")}</b>`}
        ${!assignment?.announced && html`<small class="tag">${t("Unannounced")}</small>`}</span></span>
    <span class="visit-done">
      ${visit.score?.total ? html`<span class="figure">${visit.score.total}</span>`
        : html`<span class="figure">${answered}<small> / ${asked}</small></span>`}
      ${unsent.waiting + unsent.parked > 0
        ? html`<span class="safety saved"><${Icon} name="tablet" size=${16} /> ${t("{n} to send", { n: unsent.waiting + unsent.parked })}</span>`
        : answered > 0 && html`<span class="safety received"><${Icon} name="check" size=${16} /> ${t("Received")}</span>`}</span>
    <${Icon} name="next" /></a>
    ${visit.returned_comment && visit.state === "returned" && html`<p class="returned">${t("Sent back: {comment}", { comment: visit.returned_comment })}</p>`}
  </li>`;
}
