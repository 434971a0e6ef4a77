// One book for each visit, and one for what belongs to a whole assignment: all revisions, and what counts now.
import { basesFor, resolve } from "./resolve.js";

const PHOTO = "photo:";

export class Book {
  /**
   * `place` is {assignment_id, visit_id or null}; `team` is [{id, name, leader}]. What is written goes to the `store`
   * of the person whose book it is (`me`), whoever is signed in by then.
   */
  constructor(place, team, me, store) {
    this.place = place;
    this.store = store;
    this.key = place.visit_id === null ? `assignment:${place.assignment_id}` : `visit:${place.visit_id}`;
    this.team = team;
    this.me = me;
    this.leader = team.some((member) => member.id === me && member.leader);
    this.known = new Map(); // uuid → revision
    this.subjects = new Map(); // subject → revisions
    this.resolved = new Map(); // subject → {current, rivals}
    this.attached = null; // subject → photos, made when asked for
    this.receipts = new Map(); // photo uuid → {uuid, sha256, size, …} of the server
    this.photoRecords = new Map(); // photo uuid → record of this tablet's store
  }

  topic(subject) {
    return `${this.key}/${subject}`;
  }

  /** Take a revision in, or what became of a known one; returns the topics that changed. */
  take(revision) {
    const before = this.known.get(revision.uuid);
    if (before) {
      if (before.received_at && !revision.received_at) return [];
      Object.assign(before, revision);
    } else {
      this.known.set(revision.uuid, revision);
      if (!this.subjects.has(revision.subject)) this.subjects.set(revision.subject, []);
      this.subjects.get(revision.subject).push(revision);
    }
    this.resolved.delete(revision.subject);
    const topics = [this.key, this.topic(revision.subject)];
    if (revision.subject.startsWith(PHOTO)) {
      this.attached = null;
      if (revision.body.attached_to) topics.push(this.topic(revision.body.attached_to));
    }
    return topics;
  }

  /** Let a revision go that the server never had: what it stood on counts again. Returns the topics that changed. */
  forget({ uuid, subject, body }) {
    this.known.delete(uuid);
    const others = (this.subjects.get(subject) ?? []).filter((revision) => revision.uuid !== uuid);
    if (others.length) this.subjects.set(subject, others);
    else this.subjects.delete(subject);
    this.resolved.delete(subject);
    if (subject.startsWith(PHOTO)) this.attached = null;
    return [this.key, this.topic(subject), ...(body.attached_to ? [this.topic(body.attached_to)] : [])];
  }

  /** {current, rivals} of a subject. */
  resolve(subject) {
    let found = this.resolved.get(subject);
    if (!found) {
      found = resolve(this.subjects.get(subject) ?? []);
      this.resolved.set(subject, found);
    }
    return found;
  }

  /** The body that counts, or null. */
  body(subject) {
    return this.resolve(subject).current?.body ?? null;
  }

  bases(subject) {
    return basesFor(this.subjects.get(subject) ?? [], this.me, this.leader);
  }

  /** Subjects that begin so, in the order in which they were first written. */
  subjectsLike(prefix) {
    return [...this.subjects.keys()].filter((subject) => subject.startsWith(prefix));
  }

  /** The photos that hang on a subject: [{uuid, body, revision}], removed ones left out. */
  photos(subject) {
    if (!this.attached) {
      this.attached = new Map();
      for (const name of this.subjectsLike(PHOTO)) {
        const revision = this.resolve(name).current;
        if (!revision || revision.body.removed) continue;
        const to = revision.body.attached_to;
        if (!this.attached.has(to)) this.attached.set(to, []);
        this.attached.get(to).push({ uuid: name.slice(PHOTO.length), body: revision.body, revision });
      }
    }
    return this.attached.get(subject) ?? [];
  }

  /** The photos of a subject about which team members disagree, also when one of them removed it: [uuid]. */
  disputedPhotos(subject, roles) {
    const fits = ({ body }) => body.attached_to === subject && roles.includes(body.role);
    return this.subjectsLike(PHOTO).filter((name) => this.resolve(name).rivals.some(fits)).map((name) => name.slice(PHOTO.length));
  }

  /** "none" | "saving" | "saved" | "received" | "parked": how safe the current record of a subject is. */
  safety(subject) {
    const revision = this.resolve(subject).current;
    if (!revision) return "none";
    if (revision.received_at) return "received";
    return { saving: "saving", parked: "parked", failed: "failed" }[revision.state] ?? "saved";
  }

  photoSafety(uuid) {
    if (this.receipts.has(uuid)) return "received";
    const record = this.photoRecords.get(uuid);
    if (!record) return "elsewhere"; // on a team mate's tablet, not at the server yet
    if (record.state === "received") return "received";
    return { saving: "saving", parked: "parked", failed: "failed" }[record.state] ?? "saved";
  }

  /** The ratings of all items: code → rating or null. */
  ratings() {
    const found = {};
    for (const subject of this.subjectsLike("item:")) found[subject.slice(5)] = this.body(subject)?.rating ?? null;
    return found;
  }

  /** Subjects on which team members disagree. */
  conflicts() {
    return [...this.subjects.keys()].filter((subject) => this.resolve(subject).rivals.length > 0);
  }

  /** Records of this book that the server has not confirmed: {waiting, parked}. */
  unsent() {
    const counts = { waiting: 0, parked: 0 };
    const add = (record) => {
      if (record.received_at || record.state === "received") return;
      counts[record.state === "parked" ? "parked" : "waiting"] += 1;
    };
    this.known.forEach(add);
    this.photoRecords.forEach((record) => {
      const given = record.state === "parked" && this.body(PHOTO + record.uuid)?.removed; // refused, and taken out since
      if (!given && !this.receipts.has(record.uuid)) add(record);
    });
    return counts;
  }

  name(accountId) {
    return this.team.find((member) => member.id === accountId)?.name ?? `#${accountId}`;
  }
}
