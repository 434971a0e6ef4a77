// The way out in the worst case, and back in: what the server does not have, as one file of one person.
import { sha256 } from "./device.js";
import { announce } from "./lib.js";
import { smallCopies, sniff } from "./photo.js";
import { hasStore, openStore } from "./store.js";
import { bookOf, notePhoto, state } from "./state.js";
import { countQueue, poke } from "./sync.js";

const FORMAT = "rounds-unsent-1";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const RECORD = ["uuid", "assignment_id", "visit_id", "subject", "account_id", "order"];
const REVISION = [...RECORD, "bases", "body", "device_at"];
const PHOTO = [...RECORD, "captured_at", "captured_source", "sha256", "size", "type"];

/** A file that cannot be taken in; `reason` is "format" (not such a file, or damaged) or "person" (another one's). */
export class NotTaken extends Error {
  constructor(reason, name = "") {
    super(reason);
    this.reason = reason;
    this.name_of = name;
  }
}

/** Everything this person entered that the server does not have, to keep aside or to carry to another tablet. */
export const unsentFile = () => fileOf(state.store, state.user);

/** [{id, name, count}]: leavers whose place this person took, with what they left unsent on this tablet. */
export async function left() {
  const found = [];
  for (const { id, name, assignments } of state.snapshot?.predecessors ?? []) {
    if (!(await hasStore(id))) continue;
    const records = await unsentOf(await openStore(id), assignments);
    const count = records.filter(await newHere(state.store)).length;
    if (count) found.push({ id, name, count });
  }
  return found;
}

/** Put what a leaver left on this tablet into this person's queue; the leaver's own copy stays. Returns how many. */
export async function takeOver(id) {
  const leaver = state.snapshot.predecessors.find((one) => one.id === id);
  const file = await fileOf(await openStore(id), { id, name: leaver.name });
  return takeIn(file);
}

/** Whether neither this tablet's store nor the server has a record, as far as this tablet knows. */
async function newHere(store) {
  const known = new Set([...(await store.revisions()), ...(await store.photos())].map((record) => record.uuid));
  return (record) => !known.has(record.uuid) && !bookOf(record).known.get(record.uuid)?.received_at && !bookOf(record).receipts.has(record.uuid);
}

async function unsentOf(store, assignments) {
  const records = [...(await store.revisions()), ...(await store.photos())];
  return records.filter((record) => record.state !== "received" && assignments.includes(record.assignment_id));
}

async function fileOf(store, user) {
  const revisions = (await store.revisions()).filter((record) => record.state !== "received");
  const photos = [];
  for (const photo of (await store.photos()).filter((record) => record.state !== "received")) {
    const original = await store.original(photo.uuid);
    photos.push({ ...photo, data: original ? await base64(original) : null });
  }
  const content = { format: FORMAT, user, exported_at: new Date().toISOString(), revisions, photos };
  return new Blob([JSON.stringify(content)], { type: "application/json" });
}

/**
 * Put the records of such a file into the queue of this tablet, those of a leaver whose place this person took too;
 * they are sent under the leaver's name. What is known already is left as it is. Returns how many were new. All of the file is looked at before anything is kept. Throws NotTaken, or the storage's error.
 */
export async function takeIn(file) {
  const { store, user } = state;
  const { revisions: all, photos: pictured, owner } = parsed(await file.text());
  const follows = state.snapshot?.predecessors?.find((one) => one.id === owner.id);
  if (owner.id !== user.id && !follows) throw new NotTaken("person", owner.name);
  const ours = (record) => owner.id === user.id || follows.assignments.includes(record.assignment_id);
  const [revisions, photos] = [all.filter(ours), pictured.filter(ours)];
  const pictures = await Promise.all(photos.map(bytesOf));
  const isNew = await newHere(store);
  let taken = 0;
  const topics = new Set();
  for (const revision of revisions.filter(isNew)) {
    const record = { ...revision, state: "queued" };
    await store.addRevision(record);
    for (const topic of bookOf(record).take({ ...record })) topics.add(topic);
    taken += 1;
  }
  for (const [n, photo] of photos.entries()) {
    if (!isNew(photo)) continue;
    const record = { ...photo, state: "queued" };
    await store.addPhoto(record, pictures[n], await smallCopies(pictures[n]), null);
    for (const topic of notePhoto(record)) topics.add(topic);
    taken += 1;
  }
  announce("list", ...topics);
  await countQueue();
  poke();
  return taken;
}

function parsed(text) {
  try {
    const { format, user: owner, revisions, photos } = JSON.parse(text);
    if (format !== FORMAT || !Number.isInteger(owner.id)) throw new NotTaken("format");
    return { owner, revisions: revisions.map((one) => only(one, REVISION)), photos: photos.map((one) => ({ ...only(one, PHOTO), data: one.data })) };
  } catch {
    throw new NotTaken("format");
  }
}

/** The fields of a record that are taken over; a record that could not be sent is refused. */
function only(record, fields) {
  const sound = UUID.test(record.uuid) && Number.isInteger(record.assignment_id) && typeof record.subject === "string";
  if (!sound || (record.visit_id !== null && !Number.isInteger(record.visit_id))) throw new NotTaken("format");
  if (fields === REVISION && !(Array.isArray(record.bases) && typeof record.body === "object")) throw new NotTaken("format");
  return Object.fromEntries(fields.map((field) => [field, record[field]]));
}

/** A photo's bytes, which must be those that were taken. */
async function bytesOf(photo) {
  const { data, sha256: wanted } = photo;
  delete photo.data;
  let blob;
  try {
    blob = new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))]);
  } catch {
    throw new NotTaken("format");
  }
  if ((await sha256(blob)) !== wanted) throw new NotTaken("format");
  return new Blob([blob], { type: (await sniff(blob)) ?? "" });
}

const base64 = (blob) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result.split(",")[1]);
  reader.onerror = () => failed(reader.error);
  reader.readAsDataURL(blob);
});
