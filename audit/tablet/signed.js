// Which text the signatures of the exit meeting stand under. The server computes the same (audit/domain/meeting.py).
import { fingerprint } from "./upload.js";

/** SHA-256 of what is signed: when and where it was, what the branch said, what was agreed. */
export const textHash = (body) =>
  fingerprint(new Blob([JSON.stringify([body?.held_at || null, body?.place || "", body?.opinion || "", body?.agreed || ""])]));

/** The signatures that were given under another text than the one with this hash. */
export const changedAfter = (signatures, hash) =>
  (hash ? (signatures ?? []).filter((one) => one.text_sha256 && one.text_sha256 !== hash) : []);
