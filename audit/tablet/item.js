// The card of one item: the heart of the form. It watches its own subject only, so a tap draws one card.
import { Choice, Field } from "./field.js";
import { Finding } from "./findings.js";
import { Icon } from "./icons.js";
import { html, memo, useState, useTopicsAfterPaint } from "./lib.js";
import { lacks, photoNeeded } from "./missing.js";
import { RatingMark, ratingOf, RATINGS, Safety } from "./marks.js";
import { Photos } from "./photos.js";
import { Reference, referenceOf } from "./reference.js";
import { Rivals } from "./rivals.js";
import { ask, tell } from "./sheet.js";
import { record } from "./state.js";
import { counted, dayOf, formatDate, mark, pick, t } from "./strings.js";

const EMPTY = { rating: null, note: "", reason: "", later_on: null, corrected_on_spot: false };
const REASONS = [
  mark("This outlet does not have it"), mark("Not open at this time"), mark("Under repair, notice posted"), mark("Nothing of the kind happened today"),
];
const DAY = 86_400_000;
const LOOKED = RATINGS.filter((one) => one.value === "pass" || one.value === "fail");

export const Item = memo(({ book, visit, item, readOnly, late, onPhoto }) => {
  const subject = `item:${item.code}`;
  useTopicsAfterPaint(book.topic(subject));
  const { current } = book.resolve(subject);
  const body = current?.body ?? EMPTY;
  const change = (part) => record(book, subject, { ...EMPTY, ...book.body(subject), ...part });
  const preset = visit.preset_na?.[item.code];
  const again = Boolean(visit.checklist); // a re-inspection: passed or failed, nothing between
  const rate = async (value) => {
    const now = book.body(subject) ?? EMPTY; // the card may be a tap behind
    const why = preset ? pick(preset) : late ? now.note ?? "" : ""; // after submission the note is the only place to write it
    if (late && value === "na" && !now.reason && !why.trim()) return tell(t("Write in the note why it does not apply, then rate it."));
    const later_on = now.later_on ?? (late && value === "later" ? dayOf(Date.now() + DAY) : null); // no draft is taken any more
    if (late && value !== "later" && !(await ask(t("Answer this item now?"), t("The visit is submitted: this answer is final. Add note and photos first."), t(ratingOf(value).word), "primary"))) return;
    const rating = now.rating === value && !late ? null : value;
    const reason = rating === "na" && !now.reason ? why : now.reason;
    change({ rating, reason, later_on, corrected_on_spot: rating === "fail" || rating === "partial" ? now.corrected_on_spot : false });
  };
  const [guide, setGuide] = useState(false);
  const lacking = body.rating ? lacks(book, item, again) : [];
  return html`<article class="item ${body.rating ?? ""}" id=${`item-${item.code}`} data-code=${item.code} tabindex="-1">
    <header><span class="code">${item.code}</span>
      ${item.critical && html`<span class="critical" title=${t("Failing it caps the visit at 59.99")}>★ ${t("Critical item")}</span>`}
      <span class="points">${again ? "" : item.points ? counted(item.points, mark("{n} point"), mark("{n} points")) : t("Not scored")}</span>
      <span class="grow"></span><${Safety} value=${book.safety(subject)} /></header>
    <h3>${pick(item, "text")}</h3>
    <${Known} visit=${visit} item=${item} preset=${preset} body=${body} readOnly=${readOnly} onPreset=${() => rate("na")} />
    <${Ratings} book=${book} subject=${subject} label=${`${item.code} ${pick(item, "text")}`} readOnly=${readOnly} options=${again ? LOOKED : RATINGS} onRate=${rate} />
    <${Rivals} book=${book} subject=${subject} />
    ${body.rating === "na" && html`<${Reason} body=${body} preset=${preset} readOnly=${readOnly} change=${change} />`}
    ${body.rating === "later" && html`<${LaterOn} body=${body} readOnly=${readOnly} change=${change} />`}
    <${Evidence} again=${again} book=${book} item=${item} body=${body} readOnly=${readOnly} change=${change} onPhoto=${onPhoto}
      guide=${guide} onGuide=${() => setGuide(!guide)} />
    ${guide && html`<${Guidance} item=${item} pictures=${referenceOf(visit.checklist_version_id, item.code)} />`}
    ${lacking.length > 0 && html`<p class="lacking"><${Icon} name="warning" size=${18} /> ${lacking.map((id) => t(id)).join(" · ")}</p>`}
  </article>`;
});

/** The five buttons, at a re-inspection two. They show the record as it stands and are drawn at the tap; the rest of the card after the paint. */
function Ratings({ book, subject, label, readOnly, options, onRate }) {
  const [, again] = useState(0);
  const rating = book.body(subject)?.rating ?? null;
  const tap = (value) => { onRate(value); again((n) => n + 1); };
  return html`<div class="ratings" role="group" aria-label=${label}>${options.map((one) => html`
    <button type="button" key=${one.value} class="rate ${one.value}" disabled=${readOnly} data-rating=${one.value}
      aria-pressed=${String(rating === one.value)} onClick=${() => tap(one.value)}>
      <i aria-hidden="true">${one.sign}</i><span>${t(one.word)}</span></button>`)}</div>`;
}

/** What is known before anything is rated: the outlet's profile, last visit's answer, findings still open. */
function Known({ visit, item, preset, body, readOnly, onPreset }) {
  const last = visit.last_visit?.answers?.[item.code];
  const findings = [...(visit.open_findings ?? []), ...(visit.checklist ? [] : visit.closed_findings ?? [])]
    .filter((finding) => finding.on_list && finding.item_code === item.code);
  const offer = preset && !body.rating && !readOnly;
  if (!last && !findings.length && !offer) return null;
  return html`<div class="known">
    ${findings.map((finding) => html`<${Finding} key=${finding.id} finding=${finding} rating=${body.rating} />`)}
    ${last && html`<p class="last"><span>${t("Last visit {date}", { date: formatDate(visit.last_visit.date) })}</span>
      <${RatingMark} value=${last.rating} /> ${last.note && html`<q>${last.note}</q>`}</p>`}
    ${offer && html`<p class="offer"><span>${t("Outlet profile: {reason}", { reason: pick(preset) })}</span>
      <button type="button" class="small" onClick=${onPreset}>${t("Rate N/A")}</button></p>`}
  </div>`;
}

function Reason({ body, preset, readOnly, change }) {
  const reasons = [...(preset ? [pick(preset)] : []), ...REASONS.map((id) => t(id))];
  return html`<div class="more"><p class="ask">${t("Why does it not apply?")}</p>
    <${Choice} label=${t("Reason")} options=${reasons.map((reason) => ({ value: reason, label: reason }))} value=${body.reason}
      disabled=${readOnly} onChange=${(reason) => change({ reason })} />
    <${Field} label=${t("Reason in your own words")} value=${body.reason} limit=${500} disabled=${readOnly} onCommit=${(reason) => change({ reason })} /></div>`;
}

function LaterOn({ body, readOnly, change }) {
  const near = [[1, t("Tomorrow")], [3, t("In 3 days")], [7, t("In a week")]];
  const options = near.map(([days, label]) => ({ value: dayOf(Date.now() + days * DAY), label }));
  return html`<div class="more"><p class="ask">${t("When will it be tested?")}</p>
    <div class="row"><${Choice} label=${t("Date")} options=${options} value=${body.later_on} disabled=${readOnly} onChange=${(later_on) => change({ later_on })} />
    <label class="field date"><span class="hidden">${t("Date")}</span><input type="date" value=${body.later_on ?? ""} disabled=${readOnly}
      min=${dayOf(Date.now())} onChange=${(event) => change({ later_on: event.target.value || null })} /></label></div></div>`;
}

/** Note, photos and the correction made on the spot. */
function Evidence({ again, book, item, body, readOnly, change, onPhoto, guide, onGuide }) {
  const [noting, setNoting] = useState(false);
  const subject = `item:${item.code}`;
  const wrong = body.rating === "fail" || body.rating === "partial";
  const withNote = noting || wrong || Boolean(body.note);
  const before = body.corrected_on_spot;
  return html`<div class="evidence">
    ${withNote && html`<${Field} label=${wrong ? t("What was seen") : t("Note")} value=${body.note} rows=${2} disabled=${readOnly}
      onCommit=${(note) => change({ note })} />`}
    <${Photos} book=${book} attachedTo=${subject} roles=${before ? ["before", "evidence"] : ["evidence", "before"]} title=${before ? t("Before") : ""}
      needed=${photoNeeded(item, body.rating)} readOnly=${readOnly} onPhoto=${onPhoto}>
      ${!withNote && !readOnly && html`<button type="button" class="tool" onClick=${() => setNoting(true)}><${Icon} name="note" /> ${t("Note")}</button>`}
      ${wrong && !again && html`<button type="button" class="tool correct" aria-pressed=${String(before)} disabled=${readOnly}
        onClick=${() => change({ corrected_on_spot: !before })}><${Icon} name="check" /> ${t("Corrected on the spot")}</button>`}
      <button type="button" class="tool guide" aria-expanded=${String(guide)} onClick=${onGuide}><${Icon} name="down" size=${18} /> ${t("Guidance")}</button><//>
    ${before && html`<${Photos} book=${book} attachedTo=${subject} roles=${["after"]} title=${t("After")} needed=${true}
      readOnly=${readOnly} onPhoto=${onPhoto} />`}
  </div>`;
}

const Guidance = ({ item, pictures }) => html`<div class="guidance"><dl>
  ${pick(item, "guidance") && html`<dt>${t("How to look")}</dt><dd>${pick(item, "guidance")}</dd>`}
  <dt>${t("Acceptance criterion")}</dt><dd>${pick(item, "criterion")}</dd>
  <dt>${t("Asked of the branch when it fails")}</dt><dd>${pick(item, "requirement")}</dd></dl>
  ${pictures && html`<${Reference} item=${item} pictures=${pictures} />`}</div>`;
