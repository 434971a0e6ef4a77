// The sender: one at a time, answers before photos, and nothing leaves the queue without the server's receipt.
import { call, Refused, send, SignInNeeded, Unreachable } from "./api.js";
import { announce } from "./lib.js";
import { keepReferences } from "./reference.js";
import { sendLocale } from "./language.js";
import { keepThumbnails } from "./photo.js";
import { afterWrite, bookOf, findingPhotos, notePhoto, refresh, state } from "./state.js";
import { t } from "./strings.js";

export const link = {
  status: "unknown", // "ok" | "offline" | "signin" | "sending"
  saving: 0, // records on their way to this tablet's disk
  waiting: 0, // records in the queue
  parked: 0, // records that the server refused
  nextTry: 0,
};

const LONGEST_PAUSE = 60_000;
const PHOTO_TRIES = 3;
const FORGOTTEN = "forgotten"; // beside "revisions" and "photos": what tabs tell each other

let confirmedUser = null; // who the server said is signed in, in this run of the page
let failures = 0;
let timer = null;
let running = false;
let again = false;
let channel = null;

/** Begin: listen for the link, for other tabs, and for the person's return. */
export function startSender() {
  afterWrite.poke = () => { if (!timer) poke(); }; // between two attempts a new record waits with the others
  afterWrite.tell = tellTabs;
  afterWrite.saving = (change) => { link.saving += change; announce("sync"); };
  window.addEventListener("online", () => { failures = 0; poke(); });
  window.addEventListener("offline", () => setStatus("offline"));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { confirmedUser = null; failures = 0; poke(); } });
}

/** Call after `become`: other tabs of the same person tell each other what they wrote and what was received. */
export function joinTabs() {
  channel?.close();
  channel = new BroadcastChannel(`rounds-${state.user.id}`);
  channel.onmessage = ({ data }) => {
    const book = bookOf(data.record);
    announce(...(data.kind === "photos" ? notePhoto(data.record) : data.kind === FORGOTTEN ? book.forget(data.record) : book.take(data.record)), "sync");
    countQueue();
  };
}

function tellTabs(message) {
  if (message.record.state === "queued") link.waiting += 1;
  channel?.postMessage(message);
}

/** Records that the server has not confirmed: on their way to the disk, and in the queue. */
export const unsentCount = () => link.saving + link.waiting;

export const confirmed = () => confirmedUser !== null && confirmedUser === state.user?.id;

/** Send what waits, now or as soon as the running attempt allows. */
export function poke() {
  clearTimeout(timer);
  timer = null;
  if (running) {
    again = true;
    return;
  }
  run();
}

async function run() {
  running = true;
  try {
    if (!confirmed()) {
      await refresh();
      confirmedUser = state.user.id;
      announce("list", "user");
      keepForOffline().catch((error) => console.info(error.name)); // no link or no room: another time
    }
    await sendLocale();
    await sendAll();
    failures = 0;
    setStatus("ok");
  } catch (error) {
    stumble(error);
  } finally {
    running = false;
    await countQueue();
    if (again) {
      again = false;
      if (link.status === "ok") poke();
      else if (!timer) later();
    }
  }
}

async function keepForOffline() {
  const { store, snapshot } = state;
  await keepReferences();
  await keepThumbnails(store, findingPhotos(snapshot));
}

function stumble(error) {
  if (error instanceof SignInNeeded) {
    const wasConfirmed = confirmedUser !== null;
    confirmedUser = null;
    if (wasConfirmed) { // ended, or another person's session: the bootstrap tells which
      timer = setTimeout(poke, 0);
      return;
    }
    setStatus("signin");
    later(30_000);
  } else if (error instanceof Unreachable) {
    failures += 1;
    setStatus("offline");
    later(error.retryAfter * 1000);
  } else {
    failures += 1;
    setStatus("offline");
    later();
    if (!(error instanceof Refused)) console.error(error);
  }
}

function later(atLeast = 0) {
  const pause = Math.min(LONGEST_PAUSE, 1000 * 2 ** Math.min(failures, 6)) * (0.75 + Math.random() / 2);
  link.nextTry = Date.now() + Math.max(pause, atLeast);
  clearTimeout(timer);
  timer = setTimeout(() => { timer = null; poke(); }, Math.max(pause, atLeast));
}

function setStatus(status) {
  if (link.status === status) return;
  link.status = status;
  announce("sync");
}

/** One sender among all tabs of this browser, by a lock that the browser frees when a tab dies. */
async function sendAll() {
  const { store, user } = state;
  await navigator.locks.request(`rounds-send-${user.id}`, async () => {
    for (;;) {
      if (state.user.id !== user.id || !confirmed()) throw new SignInNeeded();
      const revisions = await store.queued("revisions");
      for (const revision of revisions) {
        if (state.user.id !== user.id) throw new SignInNeeded();
        await attempt(store, "revisions", revision, () => sendRevision(revision, user.id));
      }
      if (revisions.length) continue;
      const [photo] = await store.queued("photos");
      if (!photo) return;
      await attempt(store, "photos", photo, () => sendPhoto(store, photo, user.id));
    }
  });
}

/** A refusal concerns this record alone: it is set aside, the others go on. Everything else stops the run. */
async function attempt(store, kind, record, send) {
  setStatus("sending");
  let change;
  try {
    const receipt = await send();
    await store.received(kind, record, receipt);
    change = { state: "received", received_at: receipt.received_at, receipt };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await store.park(kind, record, error.problem);
    change = { state: "parked", problem: error.problem };
  }
  if (store !== state.store) return; // its person is no longer the one whose books are open
  const after = { ...record, ...change };
  const topics = kind === "photos" ? notePhoto(after) : bookOf(record).take(after);
  afterWrite.tell({ kind, record: after });
  link.waiting = Math.max(0, link.waiting - 1);
  announce(...topics, "sync");
}

async function sendRevision({ uuid, assignment_id, visit_id, subject, bases, body, device_at, account_id }, owner) {
  const author = account_id && account_id !== owner ? { author_id: account_id } : {}; // a leaver's, sent by the successor
  const receipt = await call("PUT", `/revisions/${uuid}`, {
    body: { assignment_id, visit_id, subject, bases, body, device_at, ...author }, owner,
  });
  if (receipt.uuid !== uuid || !receipt.received_at) throw new Unreachable("receipt of another record");
  return receipt;
}

async function sendPhoto(store, photo, owner) {
  const original = await store.original(photo.uuid);
  if (!original) throw new Refused(0, { code: "photo.lost", message: t("The photo's bytes are no longer on this tablet.") });
  const query = new URLSearchParams({ assignment_id: photo.assignment_id, subject: photo.subject, sha256: photo.sha256 });
  for (const name of ["visit_id", "captured_at", "captured_source"]) if (photo[name]) query.set(name, photo[name]);
  if (photo.account_id && photo.account_id !== owner) query.set("author_id", photo.account_id);
  const receipt = await send(`/photos/${photo.uuid}?${query}`, original, owner);
  if (receipt.sha256 === photo.sha256) return { received_at: new Date().toISOString(), ...receipt };
  photo.tries = (photo.tries ?? 0) + 1;
  if (photo.tries >= PHOTO_TRIES) throw new Refused(0, { code: "photo.digest_mismatch" });
  throw new Unreachable("the server received other bytes");
}

/** Let go of revisions that the server refused; other tabs are told. */
export async function forgetRevisions(book, revisions) {
  const gone = new Set(await book.store.forgetRevisions(revisions.map(({ uuid }) => uuid)));
  for (const record of revisions.filter(({ uuid }) => gone.has(uuid))) {
    announce(...book.forget(record));
    afterWrite.tell({ kind: FORGOTTEN, record });
  }
  await countQueue();
}

/** Let go of a photo that the server refused and its person removed. */
export async function forgetPhoto(book, uuid) {
  await book.store.forgetPhoto(uuid);
  book.photoRecords.delete(uuid);
  await countQueue();
}

/** Count what is left, for the badge and the banner. */
export async function countQueue() {
  const { store } = state;
  if (!store) return;
  const [waiting, parked] = [await store.count("queued"), await store.count("parked")];
  if (store !== state.store) return;
  Object.assign(link, { waiting, parked });
  announce("sync");
}
