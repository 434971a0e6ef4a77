// The form of one visit: sections in walking order, filters, progress, and what is missing.
import { visibleCodes } from "./conditions.js";
import { Editor } from "./editor.js";
import { Extras } from "./extras.js";
import { KnownFindings } from "./findings.js";
import { Icon } from "./icons.js";
import { Item } from "./item.js";
import { html, useCallback, useLayoutEffect, useRef, useState, useTopicsLater } from "./lib.js";
import { useTeamMates } from "./look.js";
import { GradeMark, LinkMark } from "./marks.js";
import { missing } from "./missing.js";
import { goTo, nameOf } from "./places.js";
import { Closing } from "./review.js";
import { isCapped, percent, progress, score } from "./score.js";
import { Sheet } from "./sheet.js";
import { checklistOf, state, visitBook } from "./state.js";
import { formatDate, mark, pick, STATES, t } from "./strings.js";

const FILTERS = [["all", mark("All")], ["open", mark("To do")], ["failed", mark("Failed")]];

/** One visit; `tab` is a section's code, "extras" or "close"; `focus` an item to scroll to. */
export function Form({ visitId, tab, onLink }) {
  const book = visitBook(visitId);
  useTopicsLater(book.key);
  useTopicsLater("list");
  const visit = state.snapshot.visits.find((one) => one.id === visitId);
  const checklist = checklistOf(visit);
  const [photo, setPhoto] = useState(null);
  const [showMissing, setShowMissing] = useState(false);
  const onPhoto = useCallback((uuid) => setPhoto(uuid), []);
  useTeamMates(visitId, visit.assignment_id);
  const ratings = book.ratings();
  const shown = visibleCodes(checklist, ratings);
  const result = score(checklist, ratings);
  const lacking = missing(book, checklist, visit, shown);
  const closed = ["submitted", "accepted", "cancelled"].includes(visit.state);
  const late = closed && !visit.checklist && visit.state !== "cancelled" ? new Set([...result.later, ...result.unanswered]) : null; // what may still be answered
  const active = tab ?? checklist.sections[0].code;
  const go = (tab, at) => {
    setShowMissing(false);
    goTo(visitId, { tab, at });
  };
  return html`<div class="screen form-screen with-tabs">
    <${Head} ...${{ visit, result, onLink }} />
    <${Tabs} again=${Boolean(visit.checklist)} checklist=${checklist} result=${result} done=${progress(checklist, ratings, shown)} active=${active} closed=${closed} lacking=${lacking} onGo=${go} />
    <main class="page form-page">
      ${visit.state === "returned" && visit.returned_comment && html`<p class="banner warning"><${Icon} name="undo" />
        ${t("Sent back: {comment}", { comment: visit.returned_comment })}</p>`}
      ${closed && html`<p class="banner"><${Icon} name="check" /> ${t(STATES[visit.state])} · ${late?.size
        ? t("Still to be answered: {codes}. Everything else can only be read.", { codes: [...late].join(", ") }) : t("This visit can only be read.")}</p>`}
      ${active === "extras" ? html`<${Extras} book=${book} visit=${visit} checklist=${checklist} readOnly=${closed} onPhoto=${onPhoto} />`
        : active === "close" ? html`<${Closing} book=${book} visit=${visit} checklist=${checklist} result=${result} lacking=${lacking} readOnly=${closed} onGo=${go} />`
        : html`<${Items} key=${active} ...${{ book, visit, checklist, shown, closed, late, onPhoto, ratings, active }} />`}
    </main>
    <${Foot} again=${Boolean(visit.checklist)} checklist=${checklist} active=${active} count=${lacking.length} closed=${closed} onMissing=${() => setShowMissing(true)} onGo=${go} />
    ${photo && html`<${Editor} key=${photo} book=${book} uuid=${photo} readOnly=${closed} onClose=${() => setPhoto(null)} />`}
    ${showMissing && html`<${Missing} ...${{ book, visit, checklist, lacking }} onGo=${go} onClose=${() => setShowMissing(false)} />`}
  </div>`;
}

function Head({ visit, result, onLink }) {
  const assignment = state.snapshot.assignments.find((one) => one.id === visit.assignment_id);
  return html`<header class="bar form-bar"><a class="back" href="#/" aria-label=${t("Back to my visits")}><${Icon} name="back" size=${26} /></a>
    <div class="place"><h1>${pick(visit.outlet, "name")}</h1>
      <p>${formatDate(visit.planned_on)} · ${pick(assignment?.inspected, "name")} · ${pick(assignment?.round, "name")}</p></div>
    ${visit.checklist ? html`<div class="score"><b>${result.items - result.unanswered.length}</b><span><em>${t("of {n} looked at", { n: result.items })}</em></span></div>`
      : html`<div class="score" aria-live="off" title=${t("Score so far")}><b>${result.total ?? "–"}</b>
      <span>${isCapped(result) ? html`<em class="capped">${t("capped, raw {raw}", { raw: result.raw })}</em>` : html`${result.unanswered.length
        ? html`<em>${t("{n} of {all} rated", { n: result.items - result.unanswered.length, all: result.items })}</em>` : html`<${GradeMark} value=${result.grade} />`}`}
      ${result.provisional.length > 0 && html`<em>${t("provisional")}</em>`}</span></div>`}
    <${LinkMark} onOpen=${onLink} /></header>`;
}

const Tabs = ({ again, checklist, result, done, active, closed, lacking, onGo }) => {
  const left = (tab) => lacking.filter((one) => one.tab === tab).length;
  const open = (tab) => !closed && left(tab) > 0 && html`<span class="tab-state"><span>${t("{n} missing", { n: left(tab) })}</span></span>`;
  return html`<nav class="tabs" aria-label=${t("Sections")}>
    ${checklist.sections.map((section) => {
      const { answered, asked } = done[section.code];
      const rate = percent(result.sections[section.code]);
      return html`<button type="button" key=${section.code} class=${answered === asked && !left(section.code) ? "tab complete" : "tab"} title=${pick(section, "title")}
        aria-current=${active === section.code ? "page" : "false"} onClick=${() => onGo(section.code)}>
        <span class="tab-name"><b>${section.code}</b> <span>${pick(section, "title")}</span></span>
        <span class="tab-state"><span>${answered}/${asked}</span>${rate !== null && html`<span>${rate}</span>`}</span>
        <i class="meter" style=${{ "--done": asked ? answered / asked : 1 }}></i></button>`;
    })}
    ${!again && html`<button type="button" class="tab" aria-current=${active === "extras" ? "page" : "false"} onClick=${() => onGo("extras")}>
      <span class="tab-name"><${Icon} name="star" size=${18} /> <span>${t("Highlights and campaigns")}</span></span>${open("extras")}</button>`}
    <button type="button" class="tab" aria-current=${active === "close" ? "page" : "false"} onClick=${() => onGo("close")}>
      <span class="tab-name"><${Icon} name="pen" size=${18} /> <span>${t("Sign and submit")}</span></span>${open("close")}</button></nav>`;
};

/** The cards of one section; with a filter or a search, of all sections. */
function Items({ book, visit, checklist, shown, closed, late, onPhoto, ratings, active }) {
  const [filter, setFilter] = useState("all");
  const [search, setSearch] = useState("");
  const words = search.trim().toLowerCase();
  const everywhere = words || filter !== "all";
  // What the filter holds is fixed when it is chosen: a card must not vanish under the finger that just rated it.
  const held = useRef(null);
  const keyOf = `${filter}|${words}`;
  if (held.current?.key !== keyOf) {
    const fits = (item) => (filter !== "open" || !ratings[item.code]) && (filter !== "failed" || ["fail", "partial"].includes(ratings[item.code]))
      && (!words || `${item.code} ${item.text_zh} ${item.text_en}`.toLowerCase().includes(words));
    held.current = { key: keyOf, codes: new Set(checklist.sections.flatMap((section) => section.items.filter(fits).map((item) => item.code))) };
  }
  const sections = checklist.sections.filter((section) => everywhere || section.code === active);
  const list = sections.map((section) => ({ section, items: section.items.filter((item) => shown.has(item.code) && (!everywhere || held.current.codes.has(item.code))) }))
    .filter(({ items }) => items.length);
  useLayoutEffect(() => { if (!location.hash.includes("?")) window.scrollTo(0, 0); }, [active]);
  return html`<${KnownFindings} visit=${visit} /><div class="filters"><div class="choice" role="group" aria-label=${t("Show")}>${FILTERS.map(([value, word]) => html`
      <button type="button" key=${value} aria-pressed=${String(filter === value)} onClick=${() => setFilter(value)}>${t(word)}</button>`)}</div>
    <label class="search"><${Icon} name="search" size=${20} /><span class="hidden">${t("Search text or code")}</span>
      <input type="search" placeholder=${t("Search text or code")} value=${search} onInput=${(event) => setSearch(event.target.value)} /></label></div>
  ${list.map(({ section, items }) => html`<section key=${section.code} class="section"><h2>${section.code} ${pick(section, "title")}
      ${!visit.checklist && html`<small>${t("weight {n}", { n: section.weight })}</small>`}</h2>
    ${items.map((item) => html`<${Item} key=${item.code} book=${book} visit=${visit} item=${item} onPhoto=${onPhoto}
      late=${closed} readOnly=${closed && !late?.has(item.code)} />`)}</section>`)}
  ${!list.length && html`<p class="empty">${filter === "failed" ? t("Nothing failed.") : filter === "open" && !words ? t("Everything is rated.")
    : t("No item fits. Search for another word or a code such as A01.")}</p>`}`;
}

const Foot = ({ again, checklist, active, count, closed, onMissing, onGo }) => {
  const order = [...checklist.sections.map((section) => [section.code, pick(section, "title")]),
    ...(again ? [] : [["extras", t("Highlights and campaigns")]]), ["close", t("Sign and submit")]];
  const at = order.findIndex(([code]) => code === active);
  const next = order[at + 1];
  return html`<footer class="foot">${!closed && html`<button type="button" class=${count ? "missing-count" : "missing-count none"} onClick=${onMissing}>
      <${Icon} name=${count ? "list" : "check"} /> ${count ? t("{n} still missing", { n: count }) : t("Nothing is missing")}</button>`}
    <span class="grow"></span>
    ${at > 0 && html`<button type="button" class="quiet" onClick=${() => onGo(order[at - 1][0])}><${Icon} name="back" /> ${t("Back")}</button>`}
    ${next && html`<button type="button" class="primary next" onClick=${() => onGo(next[0])}><span>${t("Next: {name}", { name: next[1] })}</span> <${Icon} name="next" /></button>`}</footer>`;
};

const Missing = ({ book, visit, checklist, lacking, onGo, onClose }) => {
  const items = new Map(checklist.sections.flatMap((section) => section.items.map((item) => [item.code, item])));
  return html`<${Sheet} title=${lacking.length ? t("Still missing") : t("Nothing is missing")} onClose=${onClose}>
  ${lacking.length ? html`<ul class="lacking-list">${lacking.map((one) => html`<li key=${one.subject + one.messages[0]}>
    <button type="button" onClick=${() => onGo(one.tab, one.at)}><b>${one.code}</b> <span>${one.code ? pick(items.get(one.code), "text") : nameOf(one.subject, book, visit)}
    <small>${one.messages.map((id) => t(id)).join(" · ")}</small></span><${Icon} name="next" /></button></li>`)}</ul>`
    : html`<p class="empty">${t("Nothing is missing. The team's leader can submit the visit.")}</p>`}<//>`;
};
