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

const stores = new Map(); // account id → Store; kept open, so that what somebody wrote last still finds its own place

async function storeOf(id) {
  if (!stores.has(id)) stores.set(id, await openStore(id));
  return stores.get(id);
}

let turn = Promise.resolve();

/** One change of person or snapshot at a time: none begins while another waits for the disk. */
function inTurn(work) {
  const done = turn.then(work);
  turn = done.catch(() => {});
  return done;
}

/** Open the database of a person and build the books from what it holds. */
export const become = (user) => inTurn(() => enter(user));

async function enter(user, snapshot = null) {
  const before = state.user;
  if (before?.id !== user.id) {
    const store = await storeOf(user.id);
    const [kept, revisions, photos] = await Promise.all([store.fact("bootstrap"), store.revisions(), store.photos()]);
    // Without a pause from here: at no moment does one person's name stand over another's books.
    Object.assign(state, { store, books: new Map(), snapshot: snapshot ?? kept?.snapshot ?? null, fetchedAt: kept?.fetchedAt ?? null });
    state.user = user;
    tags = new Map();
    if (state.snapshot) takeSnapshot();
    for (const revision of revisions) bookOf(revision).take(revision);
    for (const photo of photos) notePhoto(photo);
    if (before) announce("user-changed", "user"); // at once: what is on the screen belongs to the person before
  }
  state.user = user;
  await writeFact("user", user);
}

export const lastUser = () => readFact("user");

let asks = 0;
let taken = 0; // the newest question whose answer is in

/** Fetch the bootstrap. Opens the database of whoever the server says is signed in. Throws as `call` does. */
export async function refresh(seconds = 20) {
  asks += 1;
  const [ask, asked] = [asks, Date.now()];
  const snapshot = await call("GET", "/bootstrap", { seconds });
  const offset = Date.parse(snapshot.server_time) - (asked + Date.now()) / 2;
  await inTurn(async () => {
    if (ask < taken) return; // a slow answer: who is signed in may be another by now
    taken = ask;
    state.clockOffset = offset;
    await enter(snapshot.user, snapshot);
    tags = new Map(); // this snapshot may be older than an answer that came meanwhile
    await adopt(snapshot);
  });
}

let tags = new Map(); // path → ETag of the copy in the snapshot

/** Fetch one visit again, to see team mates' work; asks for nothing when nothing is new, unless `anew`. */
export const refreshVisit = (id, anew = false) => refreshPart("visits", id, anew);

/** Likewise the assignment with the record of the meeting. */
export const refreshAssignment = (id) => refreshPart("assignments", id);

async function refreshPart(kind, id, anew = false) {
  const { user } = state;
  const part = await call("GET", `/${kind}/${id}`, { owner: user.id, tags: anew ? undefined : tags });
  if (!part) return;
  await inTurn(async () => {
    const { snapshot } = state;
    if (state.user.id !== user.id || !snapshot) return;
    const at = snapshot[kind].findIndex((known) => known.id === id);
    if (at >= 0) await adopt({ ...snapshot, [kind]: snapshot[kind].with(at, part) });
  });
}

async function adopt(snapshot) {
  const { store } = state;
  state.snapshot = snapshot;
  state.fetchedAt = new Date().toISOString();
  await store.keepFact("bootstrap", { snapshot, fetchedAt: state.fetchedAt });
  const topics = takeSnapshot();
  const groups = [...snapshot.visits, ...snapshot.assignments.map((assignment) => assignment.communication ?? {})];
  await store.settle(
    new Set(groups.flatMap((group) => (group.revisions ?? []).map((revision) => revision.uuid))),
    new Set(groups.flatMap((group) => (group.photos ?? []).map((photo) => photo.uuid))),
    [
      ...Object.values(snapshot.reference_photos ?? {}).flatMap((items) => Object.values(items).map((one) => referenceKey(one.thumbnail))),
      ...findingPhotos(snapshot),
    ],
  );
  announce("list", ...topics);
}

/** The photos of all findings, open and closed, of the halls that are visited, and of what the branch did about them. */
export const findingPhotos = (snapshot) =>
  new Set((snapshot?.visits ?? []).flatMap((visit) => [...(visit.open_findings ?? []), ...(visit.closed_findings ?? [])]
    .flatMap((finding) => [...(finding.photos ?? []), ...(finding.after ?? [])])));

/** What is asked at a visit: its checklist, or at a re-inspection the items in question. */
export const checklistOf = (visit) => visit.checklist ?? state.snapshot.checklists[visit.checklist_version_id];

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
  const book = new Book(place, team, state.user.id, state.store);
  const known = state.books.get(book.key);
  if (!known) {
    state.books.set(book.key, book);
    return book;
  }
  known.team = team.length ? team : known.team;
  known.leader = known.team.some((member) => member.id === state.user.id && member.leader);
  return known;
}

export const bookOf = (record) => bookFor({ assignment_id: record.assignment_id, visit_id: record.visit_id ?? null });
export const isOpen = (book) => book.me === state.user?.id;
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
    ...book.place, uuid: newUuid(), subject, bases: book.bases(subject), body, account_id: book.me,
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
  const written = write(book, revision);
  return { revision, written };
}

async function write(book, revision) {
  afterWrite.saving(1);
  try {
    await book.store.addRevision({ ...revision, state: "queued" });
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
  if (!isOpen(book)) return true; // somebody else is signed in: it waits for its own person
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
      if (revision.state === "failed") all = (await write(book, revision)) && all;
    }
  }
  if (all) state.trouble = null;
  announce("trouble");
}
