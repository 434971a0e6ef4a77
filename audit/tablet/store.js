// Everything that must survive: one IndexedDB database a person, so that nobody's work goes out under another's name.
import { openDB } from "./lib.js";

/*
  revisions  key uuid   {…revision, order, state: "queued" | "parked" | "received", problem?, received_at?}
  photos     key uuid   {…facts of one photo, order, state, problem?, receipt?}
  originals  key uuid   the photo's own bytes, kept until the server's receipt
  pictures   key uuid/thumb, uuid/view   small copies for this screen; of a reference photo: reference-<sha256>/thumb
  facts      key name   bootstrap, locale (chosen here, not kept on the account yet)
  A received revision stays until a snapshot of its visit holds it.
*/
const STORES = ["revisions", "photos", "originals", "pictures", "facts"];
const DURABLE = { durability: "strict" };

export async function openStore(userId) {
  const base = await openDB(`rounds-${userId}`, 1, {
    upgrade(fresh) {
      for (const name of STORES) {
        if (name === "revisions" || name === "photos") fresh.createObjectStore(name, { keyPath: "uuid" }).createIndex("state", "state");
        else fresh.createObjectStore(name);
      }
    },
    blocking: (_from, _to, event) => event.target.close(),
  });
  return new Store(base, userId);
}

/** Whether this tablet has a database of that person. */
export async function hasStore(userId) {
  const all = await indexedDB.databases();
  return all.some(({ name }) => name === `rounds-${userId}`);
}

const byOrder = (a, b) => a.order - b.order;

class Store {
  constructor(base, userId) {
    this.base = base;
    this.userId = userId;
  }

  /** Write one revision; resolved when it is on the disk. */
  async addRevision(revision) {
    const change = this.base.transaction("revisions", "readwrite", DURABLE);
    change.store.put(revision);
    await change.done;
  }

  /** Write a photo, its bytes, its small copies and its first revision (null: it is there already): all or nothing. */
  async addPhoto(photo, original, pictures, revision) {
    const change = this.base.transaction(["photos", "originals", "pictures", "revisions"], "readwrite", DURABLE);
    change.objectStore("photos").put(photo);
    change.objectStore("originals").put(original, photo.uuid);
    for (const [size, blob] of Object.entries(pictures)) {
      if (blob) change.objectStore("pictures").put(blob, `${photo.uuid}/${size}`);
    }
    if (revision) change.objectStore("revisions").put(revision);
    await change.done;
  }

  async revisions() {
    return (await this.base.getAll("revisions")).sort(byOrder);
  }

  async photos() {
    return (await this.base.getAll("photos")).sort(byOrder);
  }

  /** What waits to be sent, in the order in which it was made. */
  async queued(kind) {
    return (await this.base.getAllFromIndex(kind, "state", "queued")).sort(byOrder);
  }

  /** How many records are in a state, of both kinds together. */
  async count(wanted) {
    const counts = await Promise.all(["revisions", "photos"].map((kind) => this.base.countFromIndex(kind, "state", wanted)));
    return counts[0] + counts[1];
  }

  original(uuid) {
    return this.base.get("originals", uuid);
  }

  picture(uuid, size) {
    return this.base.get("pictures", `${uuid}/${size}`);
  }

  async keepPicture(uuid, size, blob) {
    await this.base.put("pictures", blob, `${uuid}/${size}`);
  }

  /** The server has it: note the receipt, and let go of the original bytes of a photo. */
  async received(kind, record, receipt) {
    const change = this.base.transaction([kind, "originals"], "readwrite", DURABLE);
    const { problem: _, ...rest } = record;
    change.objectStore(kind).put({ ...rest, state: "received", receipt, received_at: receipt.received_at });
    if (kind === "photos") change.objectStore("originals").delete(record.uuid);
    await change.done;
  }

  /** The server refused it: keep it aside with the reason, and go on with the others. */
  async park(kind, record, problem) {
    await this.base.put(kind, { ...record, state: "parked", problem });
  }

  /** A photo that the server refused and its person then removed: nobody waits for it any more. */
  async forgetPhoto(uuid) {
    const change = this.base.transaction(["photos", "originals"], "readwrite", DURABLE);
    change.objectStore("photos").delete(uuid);
    change.objectStore("originals").delete(uuid);
    await change.done;
  }

  /** Revisions that the server refused and their person let go of; one that is on its way again stays. */
  async forgetRevisions(uuids) {
    const change = this.base.transaction("revisions", "readwrite", DURABLE);
    const gone = [];
    for (const uuid of uuids) {
      if ((await change.store.get(uuid))?.state !== "parked") continue;
      change.store.delete(uuid);
      gone.push(uuid);
    }
    await change.done;
    return gone;
  }

  /** Put everything that was set aside back into the queue. */
  async unpark() {
    const change = this.base.transaction(["revisions", "photos"], "readwrite");
    for (const kind of ["revisions", "photos"]) {
      for (const record of await change.objectStore(kind).getAll()) {
        if (record.state === "parked") change.objectStore(kind).put({ ...record, state: "queued", problem: undefined });
      }
    }
    await change.done;
  }

  /** Forget received records that the server's snapshot now holds, and pictures of visits and checklists that are gone. */
  async settle(revisionUuids, photoUuids, referenceKeys) {
    const change = this.base.transaction(["revisions", "photos", "pictures"], "readwrite");
    const [revisions, photos, pictures] = ["revisions", "photos", "pictures"].map((name) => change.objectStore(name));
    for (const record of await revisions.getAll()) {
      if (record.state === "received" && revisionUuids.has(record.uuid)) revisions.delete(record.uuid);
    }
    const kept = new Set([...photoUuids, ...referenceKeys]);
    for (const record of await photos.getAll()) {
      if (record.state === "received" && photoUuids.has(record.uuid)) photos.delete(record.uuid);
      else kept.add(record.uuid);
    }
    for (const key of await pictures.getAllKeys()) {
      if (!kept.has(key.slice(0, key.lastIndexOf("/")))) pictures.delete(key);
    }
    await change.done;
  }

  fact(name) {
    return this.base.get("facts", name);
  }

  async keepFact(name, value) {
    await this.base.put("facts", value, name);
  }

  async forgetFact(name) {
    await this.base.delete("facts", name);
  }
}
