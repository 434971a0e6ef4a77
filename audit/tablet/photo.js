// From a picked file to a stored photo: the original bytes untouched, small copies for this screen, facts with sources.
import { newUuid, sha256 } from "./device.js";
import { announce } from "./lib.js";
import { afterWrite, draftRevision, findingPhotos, isOpen, nextOrder, notePhoto, state } from "./state.js";

const MOST_BYTES = 20 * 1024 * 1024;
const SIZES = { thumb: 360, view: 1600 }; // px on the long side
const PLACE_FRESH = 3 * 60_000;

let place = null; // {lat, lon, accuracy, at}

/** A file that cannot become a photo; `code` is a key of the error catalogue. */
export class NotAPhoto extends Error {
  constructor(code, name, limit) {
    super(code);
    this.problem = { code, params: { name, limit } };
  }
}

/** The media type by the file's first bytes; null for what the server would refuse. */
export async function sniff(file) {
  const head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  const ascii = String.fromCharCode(...head);
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "image/jpeg";
  if (ascii.startsWith("\x89PNG\r\n")) return "image/png";
  if (ascii.startsWith("RIFF") && ascii.slice(8, 12) === "WEBP") return "image/webp";
  if (ascii.slice(4, 8) === "ftyp" && /hei[cxms]|mif1|msf1/.test(ascii.slice(8, 12))) return "image/heic";
  return null;
}

/** Keep the place at hand for camera photos; asked once, never waited for. */
export function followPlace() {
  if (!navigator.geolocation || (place && Date.now() - place.at < PLACE_FRESH)) return;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => { place = { lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy, at: Date.now() }; },
    () => {},
    { enableHighAccuracy: true, timeout: 10_000, maximumAge: PLACE_FRESH },
  );
}

const freshPlace = () => (place && Date.now() - place.at < PLACE_FRESH
  ? { lat: place.lat, lon: place.lon, accuracy: place.accuracy } : null);

/** Small JPEG copies, upright; empty where this browser cannot decode the format (HEIC on most). */
export async function smallCopies(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return {};
  }
  const copies = {};
  for (const [size, longest] of Object.entries(SIZES)) {
    const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    copies[size] = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  }
  bitmap.close();
  return copies;
}

/**
 * Store a picked file as a photo of `attachedTo`. The bytes are copied out of the file at once: what the camera gave
 * may vanish. Resolves when everything is on this tablet's disk; throws NotAPhoto, or the storage's error.
 */
export async function addPhoto(book, attachedTo, role, file, source) {
  if (file.size > MOST_BYTES) throw new NotAPhoto("photo.too_big", file.name, 20);
  const type = await sniff(file);
  if (!type) throw new NotAPhoto("photo.unknown_format", file.name);
  const original = new Blob([await file.arrayBuffer()], { type });
  const [digest, pictures] = await Promise.all([sha256(original), smallCopies(original)]);
  const uuid = newUuid();
  const subject = `photo:${uuid}`;
  const capturedAt = new Date(source === "gallery" ? file.lastModified || Date.now() : Date.now()).toISOString();
  const revision = draftRevision(book, subject, {
    attached_to: attachedTo, role, caption: "", captured_at: capturedAt, captured_source: source,
    place: source === "camera" ? freshPlace() : null, overlay: [], mosaic: [], removed: false,
  });
  const photo = {
    ...book.place, uuid, subject: attachedTo, captured_at: capturedAt, captured_source: source, sha256: digest,
    size: original.size, type, order: nextOrder(), state: "queued", account_id: book.me,
  };
  afterWrite.saving(2); // the photo and its first revision
  try {
    await book.store.addPhoto(photo, original, pictures, { ...revision, state: "queued" });
  } catch (error) {
    state.trouble = error.name === "QuotaExceededError" ? "quota" : "disk";
    announce("trouble");
    throw error;
  } finally {
    afterWrite.saving(-2);
  }
  revision.state = "queued";
  if (!isOpen(book)) return uuid; // somebody else signed in meanwhile: it waits for its own person
  announce(...notePhoto(photo), ...book.take(revision), "sync");
  afterWrite.tell({ kind: "photos", record: photo });
  afterWrite.tell({ kind: "revisions", record: { ...revision } });
  afterWrite.poke();
  return uuid;
}

const shown = new Map(); // "uuid/size" → object URL, kept while the page lives

/** Whether the server has a photo: only then is it asked for its picture. */
export const isAtServer = (uuid) => [...state.books.values()].some((book) => book.receipts.has(uuid)) || findingPhotos(state.snapshot).has(uuid);

/** An address for an <img>: this tablet's copy, or the server's; null while neither has a picture to show. */
export async function pictureAddress(uuid, size = "thumb") {
  const key = `${uuid}/${size}`;
  if (shown.has(key)) return shown.get(key);
  const kept = await state.store.picture(uuid, size);
  if (!kept && !isAtServer(uuid)) return null;
  if (!kept) return `/photos/${uuid}/${size === "thumb" ? "thumbnail" : "report"}`;
  const address = URL.createObjectURL(kept);
  shown.set(key, address);
  return address;
}

/** Keep the server's thumbnails of these photos at hand for the time without a link. */
export async function keepThumbnails(store, uuids) {
  for (const uuid of uuids) {
    if (await store.picture(uuid, "thumb")) continue;
    try {
      const response = await fetch(`/photos/${uuid}/thumbnail`, { credentials: "same-origin" });
      if (response.ok) await store.keepPicture(uuid, "thumb", await response.blob());
    } catch {
      return; // no link: another time
    }
  }
}
