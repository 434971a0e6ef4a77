// Highlights, the questions on current campaigns, and overall remarks.
import { Field } from "./field.js";
import { Icon } from "./icons.js";
import { html, memo, useTopics } from "./lib.js";
import { RATINGS, Safety } from "./marks.js";
import { newUuid } from "./device.js";
import { Photos } from "./photos.js";
import { Rivals } from "./item.js";
import { record } from "./state.js";
import { pick, t } from "./strings.js";

export function Extras({ book, visit, checklist, readOnly, onPhoto }) {
  return html`<div class="cards"><${Highlights} book=${book} checklist=${checklist} readOnly=${readOnly} onPhoto=${onPhoto} />
    ${(visit.campaigns ?? []).map((campaign) => html`<${Campaign} key=${campaign.id} book=${book} campaign=${campaign} readOnly=${readOnly} />`)}
    <${Overview} book=${book} readOnly=${readOnly} onPhoto=${onPhoto} />
    <${Remarks} book=${book} readOnly=${readOnly} /></div>`;
}

function Highlights({ book, checklist, readOnly, onPhoto }) {
  useTopics(book.key);
  const subjects = book.subjectsLike("highlight:").filter((subject) => !book.body(subject)?.removed);
  const add = () => record(book, `highlight:${newUuid()}`, { text: "", item_code: null, removed: false });
  return html`<section class="card" id="highlights"><header><h3>${t("Highlights")}</h3></header>
    <p class="hint">${t("What this outlet does so well that others should see it.")}</p>
    ${subjects.map((subject) => html`<${Highlight} key=${subject} book=${book} subject=${subject} checklist=${checklist} readOnly=${readOnly} onPhoto=${onPhoto} />`)}
    ${!subjects.length && readOnly && html`<p class="empty">${t("None recorded.")}</p>`}
    ${!readOnly && html`<button type="button" class="tool" onClick=${add}><${Icon} name="plus" /> ${t("Add a highlight")}</button>`}</section>`;
}

const Highlight = memo(({ book, subject, checklist, readOnly, onPhoto }) => {
  useTopics(book.topic(subject));
  const body = book.body(subject);
  if (!body) return null;
  const change = (part) => record(book, subject, { ...book.body(subject), ...part });
  return html`<div class="highlight"><header><${Icon} name="star" size=${18} /><span class="grow"></span><${Safety} value=${book.safety(subject)} />
      ${!readOnly && html`<button type="button" class="plain" aria-label=${t("Remove this highlight")} onClick=${() => change({ removed: true })}><${Icon} name="trash" /></button>`}</header>
    <${Field} label=${t("What is good")} value=${body.text} rows=${2} disabled=${readOnly} onCommit=${(text) => change({ text })} />
    <label class="field"><span>${t("Belongs to item")}</span><select disabled=${readOnly} value=${body.item_code ?? ""}
      onChange=${(event) => change({ item_code: event.target.value || null })}><option value="">${t("No item in particular")}</option>
      ${checklist.sections.map((section) => html`<optgroup label=${pick(section, "title")}>${section.items.map((item) => html`
        <option value=${item.code} selected=${body.item_code === item.code}>${item.code} ${pick(item, "text")}</option>`)}</optgroup>`)}</select></label>
    <${Photos} book=${book} attachedTo=${subject} roles=${["evidence"]} readOnly=${readOnly} onPhoto=${onPhoto} /></div>`;
});

const Campaign = ({ book, campaign, readOnly }) => html`<section class="card"><header><h3>${t("Campaign")} · ${pick(campaign, "name")}</h3></header>
  ${campaign.questions.map((question) => html`<${Question} key=${question.code} book=${book} question=${question}
    subject=${`campaign:${campaign.id}:${question.code}`} readOnly=${readOnly} />`)}</section>`;

const Question = memo(({ book, question, subject, readOnly }) => {
  useTopics(book.topic(subject));
  const { current, rivals } = book.resolve(subject);
  const body = current?.body ?? { rating: null, note: "" };
  const change = (part) => record(book, subject, { rating: null, note: "", ...book.body(subject), ...part });
  return html`<div class="question ${body.rating ?? ""}"><header><h4>${pick(question)}</h4><span class="grow"></span><${Safety} value=${book.safety(subject)} /></header>
    <div class="ratings" role="group" aria-label=${pick(question)}>${RATINGS.filter((rating) => rating.value !== "later").map((rating) => html`
      <button type="button" key=${rating.value} class="rate ${rating.value}" disabled=${readOnly} aria-pressed=${String(body.rating === rating.value)}
        onClick=${() => change({ rating: body.rating === rating.value ? null : rating.value })}>
        <i aria-hidden="true">${rating.sign}</i><span>${t(rating.word)}</span></button>`)}</div>
    ${rivals.length > 0 && html`<${Rivals} book=${book} rivals=${rivals} onChoose=${(rival) => record(book, subject, rival.body)} />`}
    ${body.rating && html`<${Field} label=${t("Note")} value=${body.note} rows=${2} disabled=${readOnly} onCommit=${(note) => change({ note })} />`}</div>`;
});

function Overview({ book, readOnly, onPhoto }) {
  useTopics(book.topic("overview"));
  return html`<section class="card"><header><h3>${t("Overview photos")}</h3></header>
    <p class="hint">${t("The front, the hall from the entrance: what the report begins with.")}</p>
    <${Photos} book=${book} attachedTo="overview" roles=${["overview"]} readOnly=${readOnly} onPhoto=${onPhoto} /></section>`;
}

function Remarks({ book, readOnly }) {
  useTopics(book.topic("remarks"));
  const { current, rivals } = book.resolve("remarks");
  return html`<section class="card"><header><h3>${t("Overall remarks")}</h3><span class="grow"></span><${Safety} value=${book.safety("remarks")} /></header>
    ${rivals.length > 0 && html`<${Rivals} book=${book} rivals=${rivals} onChoose=${(rival) => record(book, "remarks", rival.body)}
      show=${(body) => html`<q>${body.text}</q>`} />`}
    <${Field} label=${t("What the branch should know about this visit")} value=${current?.body.text ?? ""} rows=${4} limit=${4000} disabled=${readOnly}
      onCommit=${(text) => record(book, "remarks", { text })} /></section>`;
}
