// What is open on this tablet: the person, the store, the snapshot from the server, and the books made from both.
import { Book } from "./book.js";
import { call } from "./api.js";
import { newUuid, readFact, writeFact } from "./device.js";
import { announce } from "./lib.js";
import { openStore } from "./store.js";

export const state = {
  user: null, // {id, name, locale}
  store: null,
  snapshot: null, // the last bootstrap
  fetchedAt: null,
  books: new Map(), // key → Book
  clockOffset: 0, // server's clock minus this tablet's, ms
  trouble: null, // "quota" | "disk": the last write to this tablet failed
};

/** The name under which the store keeps a reference photo. */
export const referenceKey = (sha256) => `reference-${sha256}`;

let lastOrder = 0;

/** Strictly growing, and meaningful across restarts: the order in which things were done on this tablet. */
export function nextOrder() {
  lastOrder = Math.max(lastOrder + 1, Date.now() * 1000);
  return lastOrder;
}

/** Open the database of a person and build the books from what it holds. */
export async function become(user) {
  if (state.user?.id === user.id && state.store) {
    state.user = user;
    return;
  }
  state.store?.close();
  state.store = await openStore(user.id);
  state.user = user;
  state.books = new Map();
  const kept = await state.store.fact("bootstrap");
  state.snapshot = kept?.snapshot ?? null;
  state.fetchedAt = kept?.fetchedAt ?? null;
  if (state.snapshot) takeSnapshot();
  await takeStored();
  await writeFact("user", user);
}

export const lastUser = () => readFact("user");

/** Fetch the bootstrap. Opens the database of whoever the server says is signed in. Throws as `call` does. */
export async function refresh(seconds = 20) {
  const asked = Date.now();
  const snapshot = await call("GET", "/bootstrap", { seconds });
  state.clockOffset = Date.parse(snapshot.server_time) - (asked + Date.now()) / 2;
  await become(snapshot.user);
  tags.clear(); // this snapshot may be older than an answer that came meanwhile
  await adopt(snapshot);
}

const tags = new Map(); // path → ETag of the copy in the snapshot

/** Fetch one visit again, to see team mates' work; asks for nothing when nothing is new. */
export async function refreshVisit(id) {
  const { user } = state;
  const visit = await call("GET", `/visits/${id}`, { owner: user.id, tags });
  const snapshot = state.snapshot;
  if (!visit || state.user.id !== user.id) return;
  const at = snapshot.visits.findIndex((known) => known.id === id);
  if (at < 0) return;
  await adopt({ ...snapshot, visits: snapshot.visits.with(at, visit) });
}

async function adopt(snapshot) {
  state.snapshot = snapshot;
  state.fetchedAt = new Date().toISOString();
  await state.store.keepFact("bootstrap", { snapshot, fetchedAt: state.fetchedAt });
  const topics = takeSnapshot();
  const groups = [...snapshot.visits, ...snapshot.assignments.map((assignment) => assignment.communication ?? {})];
  await state.store.settle(
    new Set(groups.flatMap((group) => (group.revisions ?? []).map((revision) => revision.uuid))),
    new Set(groups.flatMap((group) => (group.photos ?? []).map((photo) => photo.uuid))),
    Object.values(snapshot.reference_photos ?? {}).flatMap((items) => Object.values(items).map((one) => referenceKey(one.thumbnail))),
  );
  announce("list", ...topics);
}

function takeSnapshot() {
  const topics = new Set();
  const { assignments, visits } = state.snapshot;
  for (const assignment of assignments) {
    const place = { assignment_id: assignment.id, visit_id: null };
    fill(bookFor(place, assignment.team), assignment.communication ?? {}, topics);
  }
  for (const visit of visits) {
    const place = { assignment_id: visit.assignment_id, visit_id: visit.id };
    fill(bookFor(place, visit.team), visit, topics);
  }
  return topics;
}

function fill(book, { revisions = [], photos = [] }, topics) {
  topics.add(book.key);
  for (const revision of revisions) {
    if (book.known.get(revision.uuid)?.seq === undefined) for (const topic of book.take(revision)) topics.add(topic);
  }
  for (const photo of photos) {
    if (!book.receipts.has(photo.uuid)) {
      book.receipts.set(photo.uuid, photo);
      topics.add(book.topic(`photo:${photo.uuid}`));
    }
  }
}

/** The team is of the assignment; a visit that is gone from the snapshot still gets a book for its unsent records. */
function bookFor(place, team = []) {
  const book = new Book(place, team, state.user.id);
  const known = state.books.get(book.key);
  if (!known) {
    state.books.set(book.key, book);
    return book;
  }
  known.team = team.length ? team : known.team;
  known.leader = known.team.some((member) => member.id === state.user.id && member.leader);
  return known;
}

/** Bring the records of this tablet's store into the books. */
async function takeStored() {
  for (const revision of await state.store.revisions()) bookOf(revision).take(revision);
  for (const photo of await state.store.photos()) notePhoto(photo);
}

export const bookOf = (record) => bookFor({ assignment_id: record.assignment_id, visit_id: record.visit_id ?? null });
export const visitBook = (id) => state.books.get(`visit:${id}`);
export const assignmentBook = (id) => state.books.get(`assignment:${id}`);

/** Note what this tablet's store knows of a photo. */
export function notePhoto(photo) {
  const book = bookOf(photo);
  book.photoRecords.set(photo.uuid, photo);
  if (photo.state === "received" && photo.receipt) book.receipts.set(photo.uuid, photo.receipt);
  return [book.key, book.topic(`photo:${photo.uuid}`)];
}

/** A new revision, with the bases it stands on, not yet written anywhere. */
export function draftRevision(book, subject, body) {
  return {
    ...book.place, uuid: newUuid(), subject, bases: book.bases(subject), body, account_id: state.user.id,
    device_at: new Date().toISOString(), order: nextOrder(), state: "saving",
  };
}

/** What to do after each write: set by the sender, so that this module needs not know it. */
export const afterWrite = { poke: () => {}, tell: () => {}, saving: () => {} };

/**
 * Record what a person entered: on the screen at once, in IndexedDB at once, and sent only after it is there.
 * A write that fails stays on the screen as "not saved" and is tried again with the next one.
 */
export function record(book, subject, body) {
  const revision = draftRevision(book, subject, body);
  announce(...book.take(revision));
  const written = write(state.store, book, revision);
  return { revision, written };
}

async function write(store, book, revision) {
  afterWrite.saving(1);
  try {
    await store.addRevision({ ...revision, state: "queued" });
  } catch (error) {
    console.error(error);
    revision.state = "failed";
    state.trouble = error.name === "QuotaExceededError" ? "quota" : "disk";
    announce("trouble", book.topic(revision.subject));
    return false;
  } finally {
    afterWrite.saving(-1);
  }
  if (revision.state === "saving" || revision.state === "failed") revision.state = "queued";
  announce(book.topic(revision.subject), "sync");
  afterWrite.tell({ kind: "revisions", record: { ...revision } });
  afterWrite.poke();
  return true;
}

/** Try once more what could not be written to this tablet. */
export async function retryWrites() {
  let all = true;
  for (const book of state.books.values()) {
    for (const revision of book.known.values()) {
      if (revision.state === "failed") all = (await write(state.store, book, revision)) && all;
    }
  }
  if (all) state.trouble = null;
  announce("trouble");
}
