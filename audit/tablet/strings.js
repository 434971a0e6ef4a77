// Texts in the person's language. English source text is the message id; the catalogue holds the translation.

let texts = {};
let chosen = "zh_CN";

export const LOCALES = { zh_CN: "中文", en: "English" };
export const locale = () => chosen;

/** Load the catalogue of a locale; the service worker has both at hand offline. */
export async function speak(wanted) {
  const known = wanted in LOCALES ? wanted : "zh_CN";
  const response = await fetch(`/tablet/strings/${known}.json`);
  if (!response.ok) throw new Error(`strings ${response.status}`);
  texts = await response.json();
  chosen = known;
  document.documentElement.lang = known === "en" ? "en" : "zh-CN";
}

/** The text of a message id with `{name}` placeholders filled in. */
export function t(id, values = {}) {
  return (texts[id] ?? id).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Mark a message id for the catalogue without translating it now. */
export const mark = (id) => id;

/** A text with a number `n`, marked in both forms: `one` is what English says of a single thing. */
export const counted = (n, one, many, values = {}) => t(n === 1 ? one : many, { ...values, n });

/** The text of a bilingual pair `<field>_zh`, `<field>_en` (or `zh`, `en`); the other one where it is empty. */
export function pick(source, field = "") {
  if (!source) return "";
  const zh = source[field ? `${field}_zh` : "zh"] ?? "";
  const en = source[field ? `${field}_en` : "en"] ?? "";
  return chosen === "en" ? en || zh : zh || en;
}

/** Names in one line, as the language lists them. */
export const several = (names) => names.join(chosen === "en" ? ", " : "、");

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const business = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
});

/** The business day (Asia/Shanghai) of an instant as YYYY-MM-DD. */
export const dayOf = (instant) => business.format(new Date(instant)).slice(0, 10);

/** 2026年11月22日 or 22 Nov 2026; takes YYYY-MM-DD or an instant. */
export function formatDate(value) {
  if (!value) return "";
  const day = /^\d{4}-\d\d-\d\d$/.test(value) ? value : dayOf(value);
  const [year, month, date] = day.split("-").map(Number);
  return chosen === "en" ? `${date} ${MONTHS[month - 1]} ${year}` : `${year}年${month}月${date}日`;
}

/** The date with hour and minute in Asia/Shanghai. */
export const formatInstant = (value) => (value ? `${formatDate(value)} ${business.format(new Date(value)).slice(11)}` : "");

/** Sizes for people: 3.4 MB. */
export function formatSize(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export const STATES = {
  planned: mark("Planned"), open: mark("In progress"), submitted: mark("Submitted"), returned: mark("Sent back"),
  accepted: mark("Accepted"), cancelled: mark("Cancelled"),
};
const WORDS = { // of what a refusal names by its code
  state: { ...STATES, draft: mark("Not published yet"), closed: mark("Round closed") },
  field: {
    note: mark("Note"), reason: mark("Reason"), text: mark("Text"), caption: mark("Caption"), name: mark("Name"), place: mark("Where"),
    opinion: mark("Opinion of the branch"), agreed: mark("What was agreed"),
  },
};

/** The sentence for a refusal `{code, message, params}`; `named` says in words what a parameter names by its code. */
export function explain({ code, message, params = {} }, named = {}) {
  const id = `error.${code}`;
  if (!(id in texts)) return message || t("The server refused this record ({code}).", { code });
  const spoken = Object.entries(params).map(([name, value]) => [name, named[name] ?? (WORDS[name]?.[value] ? t(WORDS[name][value]) : value)]);
  return t(id, Object.fromEntries(spoken));
}
