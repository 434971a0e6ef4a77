// What a visit still needs before it can be submitted. The server checks the same; this is so that nobody is surprised.
import { visibleCodes } from "./conditions.js";
import { placeOf } from "./places.js";
import { mark } from "./strings.js";

const RATED = new Set(["pass", "partial", "fail"]);

/** {answered, asked} over the items that are shown. */
export function progressOf(book, checklist) {
  if (!checklist) return { answered: 0, asked: 0 };
  const ratings = book.ratings();
  const shown = visibleCodes(checklist, ratings);
  let answered = 0;
  for (const code of shown) if (ratings[code]) answered += 1;
  return { answered, asked: shown.size };
}

/** Whether the item's photo rule asks for a photo at this rating. */
export const photoNeeded = (item, rating) =>
  (item.photo === "always" && RATED.has(rating)) || (item.photo === "on_fail" && rating === "fail");

/** What one item lacks: [message ids]. `again`: at a re-inspection, where what fails says why. */
export function lacks(book, item, again = false) {
  const subject = `item:${item.code}`;
  const { current, rivals } = book.resolve(subject);
  const body = current?.body;
  const found = [];
  if (!body?.rating) return [...(rivals.length ? [mark("Team members differ")] : []), mark("Not rated")];
  if (rivals.length) found.push(mark("Team members differ"));
  if (body.rating === "na" && !body.reason?.trim()) found.push(mark("Reason missing"));
  if (body.rating === "later" && !body.later_on) found.push(mark("Date missing"));
  if (again && body.rating === "fail" && !body.note?.trim()) found.push(mark("Say what was seen"));
  const photos = book.photos(subject);
  if (photoNeeded(item, body.rating) && !photos.length) found.push(mark("Photo missing"));
  if (body.corrected_on_spot) {
    if (!photos.some((photo) => photo.body.role === "before" || photo.body.role === "evidence")) found.push(mark("Photo before missing"));
    if (!photos.some((photo) => photo.body.role === "after")) found.push(mark("Photo after missing"));
  }
  return found;
}

/** Whether a signature, or the reason why there is none, is complete. */
export function signatureComplete(book) {
  const body = book.body("signature");
  if (!body?.status) return false;
  return body.status !== "signed" || Boolean(body.photo_uuid && body.name?.trim());
}

/** What a question on a campaign lacks, as a message id; null when it is answered. */
export function questionLacks(body) {
  if (!body?.rating) return mark("Not answered");
  return body.rating === "na" && !body.note?.trim() ? mark("Reason missing") : null;
}

/** Everything missing, in walking order: [{tab, at, code, name, messages}]; `tab` and `at` are where to go. */
export function missing(book, checklist, visit, shown = visibleCodes(checklist, book.ratings())) {
  const found = [];
  const add = (subject, messages, code = "") => found.push({ ...placeOf(subject, book, checklist), subject, code, messages });
  for (const { items } of checklist.sections) {
    for (const item of items) {
      const messages = shown.has(item.code) ? lacks(book, item, Boolean(visit.checklist)) : [];
      if (messages.length) add(`item:${item.code}`, messages, item.code);
    }
  }
  for (const campaign of visit.campaigns ?? []) {
    for (const { code } of campaign.questions) {
      const subject = `campaign:${campaign.id}:${code}`;
      const message = questionLacks(book.body(subject));
      if (message) add(subject, [message]);
    }
  }
  for (const subject of book.conflicts()) {
    if (!subject.startsWith("item:")) add(subject, [mark("Team members differ")]);
  }
  if (!signatureComplete(book)) add("signature", [mark("The duty manager's signature, or why there is none")]);
  return found;
}
