// What a visit still needs before it can be submitted. The server checks the same; this is so that nobody is surprised.
import { visibleCodes } from "./conditions.js";
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

/** What one item lacks: [message ids]. */
export function lacks(book, item) {
  const subject = `item:${item.code}`;
  const { current, rivals } = book.resolve(subject);
  const body = current?.body;
  const found = [];
  if (!body?.rating) return [...(rivals.length ? [mark("Team members differ")] : []), mark("Not rated")];
  if (rivals.length) found.push(mark("Team members differ"));
  if (body.rating === "na" && !body.reason?.trim()) found.push(mark("Reason missing"));
  if (body.rating === "later" && !body.later_on) found.push(mark("Date missing"));
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

/** Everything missing, in walking order: [{tab, code, text, messages}]; `tab` is where to go. */
export function missing(book, checklist, shown = visibleCodes(checklist, book.ratings())) {
  const found = [];
  for (const section of checklist.sections) {
    for (const item of section.items) {
      if (!shown.has(item.code)) continue;
      const messages = lacks(book, item);
      if (messages.length) found.push({ tab: section.code, code: item.code, item, messages });
    }
  }
  for (const subject of book.conflicts()) {
    if (!subject.startsWith("item:")) {
      const tab = subject === "signature" ? "close" : "extras";
      found.push({ tab, code: "", subject, messages: [mark("Team members differ")] });
    }
  }
  if (!signatureComplete(book)) found.push({ tab: "close", code: "", messages: [mark("The duty manager's signature, or why there is none")] });
  return found;
}
