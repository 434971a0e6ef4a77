// Two people's records of one subject side by side; the leader taps the one that shall count.
import { html } from "./lib.js";
import { Icon } from "./icons.js";
import { RatingMark } from "./marks.js";
import { record } from "./state.js";
import { formatInstant, t } from "./strings.js";

const Rating = (body) => html`<${RatingMark} value=${body.rating} />${body.note && html`<q>${body.note}</q>`}`;

/** Nothing while people agree. `show(body)` draws one record; `onChosen` is called after the leader chose. */
export function Rivals({ book, subject, show = Rating, onChosen = null }) {
  const { rivals } = book.resolve(subject);
  if (!rivals.length) return null;
  const choose = (rival) => { record(book, subject, rival.body); onChosen?.(); };
  return html`<div class="rivals" role="alert">
    <p><${Icon} name="people" /> <b>${t("Team members differ")}</b> ${book.leader ? t("Choose the one that counts:")
      : t("The team's leader, {name}, will choose.", { name: book.team.find((member) => member.leader)?.name ?? "" })}</p>
    <ul>${rivals.map((rival) => html`<li key=${rival.uuid}><div class="rival"><b>${book.name(rival.account_id)}</b>
      ${show(rival.body)}<small>${formatInstant(rival.device_at)}</small></div>
      ${book.leader && html`<button type="button" class="small" onClick=${() => choose(rival)}>${t("This one counts")}</button>`}</li>`)}</ul></div>`;
}
