// Facts about this tablet that do not belong to a person.
import { openDB } from "./lib.js";

const db = openDB("rounds-device", 1, { upgrade: (base) => base.createObjectStore("facts") });

export const readFact = async (name) => (await db).get("facts", name);
export const writeFact = async (name, value) => (await db).put("facts", value, name);

/** A random UUID; refuses to make a weak one where the context has no cryptography. */
export const newUuid = () => crypto.randomUUID();

let id = null;

/** The lasting name of this tablet's browser, sent with every record. */
export async function deviceId() {
  if (id) return id;
  id = await readFact("device");
  if (!id) {
    id = newUuid();
    await writeFact("device", id);
  }
  return id;
}

/** SHA-256 of a blob, in hex. */
export async function sha256(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Ask the browser not to evict the queue under storage pressure; true when it promised. */
export async function persistStorage() {
  if (!navigator.storage?.persist) return false;
  return (await navigator.storage.persisted()) || navigator.storage.persist();
}
