// Small signs used everywhere: ratings, how safe a record is, the state of the link. Always a sign and a word.
import { html, useTopicsLater } from "./lib.js";
import { Icon } from "./icons.js";
import { mark, t } from "./strings.js";
import { link, unsentCount } from "./sync.js";
import { state } from "./state.js";

// The signs are those of audit/tokens.py; the colours come from tokens.css.
export const RATINGS = [
  { value: "pass", sign: "✓", word: mark("Pass") },
  { value: "partial", sign: "◐", word: mark("Partial") },
  { value: "fail", sign: "✕", word: mark("Fail") },
  { value: "na", sign: "–", word: mark("N/A") },
  { value: "later", sign: "…", word: mark("Later") },
];
export const ratingOf = (value) => RATINGS.find((rating) => rating.value === value);

export const RatingMark = ({ value }) => {
  const rating = ratingOf(value);
  return rating
    ? html`<span class="rating-mark ${value}"><i aria-hidden="true">${rating.sign}</i> ${t(rating.word)}</span>`
    : html`<span class="rating-mark none">${t("Not rated")}</span>`;
};

const SAFETY = {
  saving: ["tablet", mark("Saving…")],
  saved: ["tablet", mark("On this tablet")],
  received: ["check", mark("Received")],
  parked: ["warning", mark("Refused by the server")],
  failed: ["warning", mark("Not saved!")],
  elsewhere: ["people", mark("On a colleague's tablet")],
};

export function Safety({ value, brief = false }) {
  if (!(value in SAFETY)) return null;
  const [icon, word] = SAFETY[value];
  return html`<span class="safety ${value}" title=${t(word)}><${Icon} name=${icon} size=${16} />
    <span class=${brief ? "hidden" : ""}>${t(word)}</span></span>`;
}

const LINK = {
  unknown: ["refresh", mark("Connecting…")],
  ok: ["check", mark("All received")],
  sending: ["send", mark("Sending…")],
  offline: ["offline", mark("No connection")],
  signin: ["warning", mark("Sign in again")],
};

/** The link and the queue in a few words; tells more when tapped. */
export function LinkMark({ onOpen }) {
  useTopicsLater("sync");
  useTopicsLater("trouble");
  const [icon, word] = state.trouble ? ["warning", mark("Tablet storage is full")] : LINK[link.status];
  const count = unsentCount();
  const waiting = count ? t("{n} to send", { n: count }) : "";
  const kind = state.trouble || link.parked ? "trouble" : link.status;
  const refused = link.parked ? t("{n} refused", { n: link.parked }) : "";
  const broken = ["offline", "signin"].includes(link.status);
  const words = broken ? t(word) : waiting || refused || t(word); // not all is received while something was refused
  return html`<button type="button" class="link-mark ${kind}" onClick=${onOpen} data-waiting=${count}
    data-status=${link.status} data-parked=${link.parked}>
    <${Icon} name=${words === refused && refused ? "warning" : icon} size=${20} /><span><b>${words}</b>
    ${words !== waiting && waiting && html`<small>${waiting}</small>`}
    ${words !== refused && refused && html`<small>${refused}</small>`}</span></button>`;
}

const GRADES = {
  excellent: ["★", mark("Excellent")],
  good: ["▲", mark("Good")],
  qualified: ["●", mark("Qualified")],
  failed: ["✕", mark("Below standard")],
};

export const GradeMark = ({ value }) =>
  value && html`<span class="grade-mark ${value}"><i aria-hidden="true">${GRADES[value][0]}</i> ${t(GRADES[value][1])}</span>`;

export const SEVERITIES = { critical: mark("Critical"), major: mark("Major"), minor: mark("Minor") };
