// Highlights, the questions on current campaigns, and overall remarks.
import { Choice, Field } from "./field.js";
import { Icon } from "./icons.js";
import { html, memo, useState, useTopics } from "./lib.js";
import { RATINGS, Safety } from "./marks.js";
import { newUuid } from "./device.js";
import { Photos } from "./photos.js";
import { questionLacks } from "./missing.js";
import { Rivals } from "./rivals.js";
import { record } from "./state.js";
import { mark, pick, t } from "./strings.js";

export function Extras({ book, visit, checklist, readOnly, onPhoto }) {
  return html`<div class="cards"><${Highlights} book=${book} checklist=${checklist} readOnly=${readOnly} onPhoto=${onPhoto} />
    ${(visit.campaigns ?? []).map((campaign) => html`<${Campaign} key=${campaign.id} book=${book} campaign=${campaign} readOnly=${readOnly} onPhoto=${onPhoto} />`)}
    <${Overview} book=${book} readOnly=${readOnly} onPhoto=${onPhoto} />
    <${Remarks} book=${book} readOnly=${readOnly} /></div>`;
}

function Highlights({ book, checklist, readOnly, onPhoto }) {
  useTopics(book.key);
  const subjects = book.subjectsLike("highlight:").filter((subject) => !book.body(subject)?.removed || book.resolve(subject).rivals.length);
  const add = () => record(book, `highlight:${newUuid()}`, { text: "", item_code: null, removed: false });
  return html`<section class="card" id="highlights"><header><h3>${t("Highlights")}</h3></header>
    <p class="hint">${t("What this outlet does so well that others should see it.")}</p>
    ${subjects.map((subject) => html`<${Highlight} key=${subject} book=${book} subject=${subject} checklist=${checklist} readOnly=${readOnly} onPhoto=${onPhoto} />`)}
    ${!subjects.length && readOnly && html`<p class="empty">${t("None recorded.")}</p>`}
    ${!readOnly && html`<button type="button" class="tool" onClick=${add}><${Icon} name="plus" /> ${t("Add a highlight")}</button>`}</section>`;
}

/** What tells two versions of a highlight apart. */
const praised = (one) => (one.removed ? html`<i>${t("Removed by this person")}</i>` : html`${one.item_code && html`<span>${one.item_code}</span>`}<q>${one.text}</q>`);

const Highlight = memo(({ book, subject, checklist, readOnly, onPhoto }) => {
  useTopics(book.topic(subject));
  const body = book.body(subject);
  if (!body) return null;
  const change = (part) => record(book, subject, { ...book.body(subject), ...part });
  return html`<div class="highlight"><header><${Icon} name="star" size=${18} /><span class="grow"></span><${Safety} value=${book.safety(subject)} />
      ${!readOnly && html`<button type="button" class="plain" aria-label=${t("Remove this highlight")} onClick=${() => change({ removed: true })}><${Icon} name="trash" /></button>`}</header>
    <${Rivals} book=${book} subject=${subject} show=${praised} />
    <${Field} label=${t("What is good")} value=${body.text} rows=${2} disabled=${readOnly} onCommit=${(text) => change({ text })} />
    <label class="field"><span>${t("Belongs to item")}</span><select disabled=${readOnly} value=${body.item_code ?? ""}
      onChange=${(event) => change({ item_code: event.target.value || null })}><option value="">${t("No item in particular")}</option>
      ${checklist.sections.map((section) => html`<optgroup label=${pick(section, "title")}>${section.items.map((item) => html`
        <option value=${item.code} selected=${body.item_code === item.code}>${item.code} ${pick(item, "text")}</option>`)}</optgroup>`)}</select></label>
    <${Photos} book=${book} attachedTo=${subject} roles=${["evidence"]} readOnly=${readOnly} onPhoto=${onPhoto} /></div>`;
});

const NO_PART = [mark("Not open to this kind of hall"), mark("Materials have not arrived"), mark("Launched later here")];

/** What should be seen of a campaign, and what staff should be able to say: for whoever asks about it. */
const Briefing = ({ campaign }) => {
  const parts = [[t("Materials"), pick(campaign, "materials")], [t("Talking points"), pick(campaign, "talking_points")]].filter(([, text]) => text);
  return parts.length > 0 && html`<details class="briefing"><summary>${t("What should be there, and what staff should know")}</summary>
    <dl>${parts.map(([word, text]) => html`<dt key=${word}>${word}</dt><dd>${text}</dd>`)}</dl></details>`;
};

/** The questions of one campaign; or that the hall takes no part, and why. */
function Campaign({ book, campaign, readOnly, onPhoto }) {
  const subjects = campaign.questions.map((question) => `campaign:${campaign.id}:${question.code}`);
  useTopics(...subjects.map((subject) => book.topic(subject)));
  const [asking, setAsking] = useState(false);
  const bodies = subjects.map((subject) => book.body(subject));
  const apart = bodies.every((body) => body?.rating === "na" && body.note && body.note === bodies[0].note);
  const all = (body) => subjects.forEach((subject) => record(book, subject, body));
  const toggle = () => {
    if (apart) all({ rating: null, note: "" });
    setAsking(!apart && !asking);
  };
  const because = (note) => { if (note.trim()) all({ rating: "na", note }); };
  const reasons = NO_PART.map((id) => ({ value: t(id), label: t(id) }));
  return html`<section class="card" id=${`campaign-${campaign.id}`} tabindex="-1"><header><h3>${t("Campaign")} · ${pick(campaign, "name")}</h3><span class="grow"></span>
      <button type="button" class="tool correct" aria-pressed=${String(apart || asking)} disabled=${readOnly} onClick=${toggle}>${t("This hall takes no part")}</button></header>
    <${Briefing} campaign=${campaign} />
    ${apart || asking ? html`<div class="more"><p class="ask">${t("Why does it take no part?")}</p>
        <${Choice} label=${t("Reason")} options=${reasons} value=${apart ? bodies[0].note : ""} disabled=${readOnly} onChange=${because} />
        <${Field} label=${t("Reason in your own words")} value=${apart ? bodies[0].note : ""} limit=${500} disabled=${readOnly} onCommit=${because} /></div>
        ${subjects.map((subject) => html`<${Rivals} key=${subject} book=${book} subject=${subject} />`)}`
      : campaign.questions.map((question, n) => html`<${Question} key=${question.code} book=${book} question=${question} subject=${subjects[n]} readOnly=${readOnly} onPhoto=${onPhoto} />`)}</section>`;
}

const Question = memo(({ book, question, subject, readOnly, onPhoto }) => {
  useTopics(book.topic(subject));
  const body = book.body(subject) ?? { rating: null, note: "" };
  const change = (part) => record(book, subject, { rating: null, note: "", ...book.body(subject), ...part });
  const lacking = body.rating ? questionLacks(body) : null;
  return html`<div class="question ${body.rating ?? ""}"><header><h4>${pick(question)}</h4><span class="grow"></span><${Safety} value=${book.safety(subject)} /></header>
    <div class="ratings" role="group" aria-label=${pick(question)}>${RATINGS.filter((rating) => rating.value !== "later").map((rating) => html`
      <button type="button" key=${rating.value} class="rate ${rating.value}" disabled=${readOnly} aria-pressed=${String(body.rating === rating.value)}
        onClick=${() => change({ rating: body.rating === rating.value ? null : rating.value })}>
        <i aria-hidden="true">${rating.sign}</i><span>${t(rating.word)}</span></button>`)}</div>
    <${Rivals} book=${book} subject=${subject} />
    ${body.rating && html`<${Field} label=${body.rating === "na" ? t("Why does it not apply?") : t("Note")} value=${body.note} rows=${2} disabled=${readOnly}
      onCommit=${(note) => change({ note })} />`}
    <${Photos} book=${book} attachedTo=${subject} roles=${["evidence"]} readOnly=${readOnly} onPhoto=${onPhoto} />
    ${lacking && html`<p class="lacking"><${Icon} name="warning" size=${18} /> ${t(lacking)}</p>`}</div>`;
});

function Overview({ book, readOnly, onPhoto }) {
  useTopics(book.topic("overview"));
  return html`<section class="card" id="overview"><header><h3>${t("Overview photos")}</h3></header>
    <p class="hint">${t("The front, the hall from the entrance: what the report begins with.")}</p>
    <${Photos} book=${book} attachedTo="overview" roles=${["overview"]} readOnly=${readOnly} onPhoto=${onPhoto} /></section>`;
}

function Remarks({ book, readOnly }) {
  useTopics(book.topic("remarks"));
  const { current } = book.resolve("remarks");
  return html`<section class="card" id="remarks"><header><h3>${t("Overall remarks")}</h3><span class="grow"></span><${Safety} value=${book.safety("remarks")} /></header>
    <${Rivals} book=${book} subject="remarks" show=${(one) => html`<q>${one.text}</q>`} />
    <${Field} label=${t("What the branch should know about this visit")} value=${current?.body.text ?? ""} rows=${4} limit=${4000} disabled=${readOnly}
      onCommit=${(text) => record(book, "remarks", { text })} /></section>`;
}
