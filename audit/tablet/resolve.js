// Which revision of a subject counts. Pure functions; the server decides by the same rule.

/** The revisions of one subject that no other one was made on, in the order of receipt. */
export function heads(revisions) {
  const sorted = [...revisions].sort(byReceipt);
  const named = new Set(revisions.flatMap(({ uuid, bases }) => bases.filter((base) => base !== uuid)));
  const open = sorted.filter((revision) => !named.has(revision.uuid));
  return open.length ? open : sorted.slice(-1); // a circle leaves no head: then the newest
}

/** Received ones in the server's order, then what this tablet has not sent yet in its own. */
export function byReceipt(a, b) {
  const here = Number(!a.received_at) - Number(!b.received_at);
  if (here) return here;
  if (a.received_at && a.seq !== undefined && b.seq !== undefined) return a.seq - b.seq;
  const later = a.received_at ? Date.parse(a.received_at) - Date.parse(b.received_at) : 0;
  return later || (a.order ?? 0) - (b.order ?? 0);
}

/**
 * {current, rivals}: the revision that counts (null: none), and, when several people's heads stand beside each other,
 * each person's newest one for the team's leader to choose from (else empty).
 */
export function resolve(revisions) {
  if (!revisions.length) return { current: null, rivals: [] };
  const open = heads(revisions);
  const newest = new Map();
  for (const head of open) newest.set(head.account_id, head);
  return { current: open.at(-1) ?? null, rivals: newest.size > 1 ? [...newest.values()] : [] };
}

/**
 * What a new revision by `me` names as its bases: all heads when there is no rivalry or the leader decides it;
 * within a rivalry, others go on from their own head.
 */
export function basesFor(revisions, me, leader) {
  const open = heads(revisions);
  const people = new Set(open.map((head) => head.account_id));
  if (people.size < 2 || leader) return open.map((head) => head.uuid);
  const own = open.filter((head) => head.account_id === me);
  return (own.length ? own : [open.at(-1)]).map((head) => head.uuid);
}
