// Where on the form a subject stands, and what it is called: for lists of what is missing and for refusals.
import { mark, pick, t } from "./strings.js";

const NAMES = {
  overview: mark("Overview photos"), remarks: mark("Overall remarks"), signature: mark("Signature of the duty manager"),
  communication: mark("Exit meeting with the branch"),
};

/** The question of a subject `campaign:<id>:<code>`, or undefined. */
function questionOf(subject, visit) {
  const [, id, code] = subject.split(":");
  return visit?.campaigns?.find((campaign) => String(campaign.id) === id)?.questions.find((question) => question.code === code);
}

const attachedTo = (subject, book) => book.resolve(subject).current?.body.attached_to ?? "overview";

/** {tab, at}: the tab of the form, and the id of the element there. */
export function placeOf(subject, book, checklist) {
  const [kind, rest] = subject.split(":");
  if (kind === "item") {
    const section = checklist.sections.find(({ items }) => items.some((item) => item.code === rest)) ?? checklist.sections[0];
    return { tab: section.code, at: `item-${rest}` };
  }
  if (kind === "photo") return placeOf(attachedTo(subject, book), book, checklist);
  if (kind === "signature") return { tab: "close", at: "signature" };
  return { tab: "extras", at: { campaign: `campaign-${rest}`, highlight: "highlights" }[kind] ?? kind };
}

/** Open the form of a visit at a tab, and there at an element. */
export function goTo(visitId, { tab, at = null }) {
  location.hash = `#/visit/${visitId}/${tab}`;
  if (at) setTimeout(() => reveal(at), 60);
}

function reveal(at) {
  const card = document.getElementById(at);
  card?.scrollIntoView({ block: "center" });
  card?.focus({ preventScroll: true });
}

/** What people call a subject, an item with its text. */
export function titleOf(subject, book, visit, checklist) {
  const [kind, rest] = subject.split(":");
  if (kind === "photo") return t("Photo: {what}", { what: titleOf(attachedTo(subject, book), book, visit, checklist) });
  const item = kind === "item" && checklist?.sections.flatMap(({ items }) => items).find((one) => one.code === rest);
  return item ? `${rest} ${pick(item, "text")}` : nameOf(subject, book, visit);
}

/** The same in short: an item by its code. */
export function nameOf(subject, book, visit) {
  const [kind, rest] = subject.split(":");
  if (kind === "item") return rest;
  if (kind === "photo") return t("Photo: {what}", { what: nameOf(attachedTo(subject, book), book, visit) });
  if (kind === "highlight") return t("Highlight");
  if (kind === "campaign") return pick(questionOf(subject, visit)) || t("Campaign");
  return t(NAMES[kind] ?? subject);
}
