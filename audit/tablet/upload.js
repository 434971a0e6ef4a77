// Sending files: one request a file with its progress, and the list that shows each file's way. Three use it: the
// tablet form (only `put`; its queue lies in its own database), the pages at a desk, and the page of a one-purpose link.

/** The link or the server is down for now: try again later. */
export class Unreachable extends Error {
  constructor(cause, retryAfter = 0) {
    super(cause);
    this.retryAfter = retryAfter; // seconds the server asked for, 0: none
  }
}

/** The session ended, or somebody else is signed in. */
export class SignInNeeded extends Error {}

/** The server looked at the record and refused it; carries the stable code. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.code);
    this.status = status;
    this.problem = problem;
  }
}

const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504, 507]);
const MOST_BYTES = 20 * 1024 * 1024;
const LONGEST_PAUSE = 60_000;

/** What an answer means: its JSON (null for "nothing new" and "nothing to say"), or one of the three errors. */
export function read(status, text, retryAfter = null) {
  if (TRY_AGAIN.has(status)) throw new Unreachable(`status ${status}`, Number(retryAfter) || 0);
  if (status === 304 || status === 204) return null;
  if (status === 401) throw new SignInNeeded();
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Unreachable("not JSON"); // a captive portal or a proxy's page: nothing was received
  }
  if (status < 200 || status >= 300) throw new Refused(status, { code: "unknown", ...data });
  return data;
}

/** How long a file may take, in seconds: a slow link of 20 kB/s still gets through. */
export const patience = (file) => 60 + file.size / 20_000;

/**
 * PUT one file and give the receipt; throws like `read`. `onProgress` is told the share that was sent (0 … 1).
 * The same file under the same UUID may be sent again at any time: the server answers with the same receipt.
 */
export function put(address, file, { headers = {}, onProgress } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how far it has come
    const gone = (cause) => () => reject(new Unreachable(cause));
    request.open("PUT", address);
    request.timeout = patience(file) * 1000;
    const all = { Accept: "application/json", "Content-Type": file.type || "application/octet-stream", ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(total ? loaded / total : 1);
    request.onerror = gone("NetworkError");
    request.ontimeout = gone("TimeoutError");
    request.onabort = gone("AbortError");
    request.onload = () => {
      try {
        resolve(read(request.status, request.responseText, request.getResponseHeader("Retry-After")));
      } catch (error) {
        reject(error);
      }
    };
    request.send(file);
  });
}

/** A random UUID; the plain one is there in secure contexts only. */
export function newUuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** SHA-256 of a file in hex; "" where the context has no cryptography. */
export async function fingerprint(file) {
  if (!crypto.subtle) return "";
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const STYLE = `
.files{list-style:none;margin:.5rem 0 0;padding:0;color:var(--st-text-color,var(--text))}
.files:empty{margin:0}
.files li{display:grid;grid-template-columns:minmax(0,1fr) auto auto;gap:.15rem .75rem;align-items:center;
 min-height:48px;padding:.35rem 0;border-bottom:1px solid var(--st-border-color,var(--border))}
.files .name{grid-area:1/1;overflow-wrap:anywhere}
.files .status{grid-area:2/1;font-size:.88rem;opacity:.8}
.files li[data-state=refused] .status{color:var(--danger,#b3261e);opacity:1;font-weight:700}
.files li[data-state=received] .status{color:var(--st-primary-color,var(--primary));opacity:1}
.files progress{grid-column:1/-1;width:100%;height:6px;accent-color:var(--st-primary-color,var(--primary))}
.files button{grid-row:1/span 2;min-width:48px;min-height:48px;padding:0 .9rem;font:inherit;color:inherit;
 background:none;border:1px solid var(--st-border-color,var(--border));border-radius:8px;cursor:pointer}
.files [hidden]{display:none}`;

const node = (tag, name, text = "") => {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
};

/**
 * A list below `root` in which files are sent one after the other. `address(entry, sha256, same)` is where one goes
 * (`same`: the UUID under which its bytes have arrived already; then none are sent),
 * `words` are the texts (one for each state, "failed", "signin", "too_big", "again", "drop"); `onReceived(entry,
 * receipt)` after each, `onIdle(count)` when nothing is under way and `count` have arrived since the last time.
 * What a lost link holds up is sent once it is back. Returns { add(files, said, like), unsent() }.
 */
export function uploads(root, { address, headers = {}, words, onReceived, onIdle }) {
  const list = node("ul", "files");
  const style = node("style", "", STYLE);
  const entries = [];
  let running = false;
  let failures = 0;
  let timer = null;
  let arrived = 0;
  list.setAttribute("aria-live", "polite");
  root.append(style, list);
  window.addEventListener("online", () => { failures = 0; run(); });
  window.addEventListener("beforeunload", (event) => { if (unsent()) event.preventDefault(); });

  const unsent = () => entries.filter((entry) => !["received", "refused"].includes(entry.state)).length;

  function show(entry, state, text = words[state], share = null) {
    entry.state = entry.line.dataset.state = state;
    entry.status.textContent = (state === "received" ? "✓ " : "") + text;
    entry.bar.hidden = share === null;
    if (share !== null) entry.bar.value = share;
    entry.again.hidden = !["offline", "refused"].includes(state);
    entry.drop.hidden = state !== "refused";
  }

  /** `like`: entries of the same files, sent elsewhere before: what has arrived there does not travel again. */
  function add(files, said = {}, like = []) {
    const made = [];
    for (const file of files) {
      const entry = { file, said, uuid: newUuid(), line: node("li", ""), status: node("span", "status") };
      entry.like = like[made.length];
      Object.assign(entry, { bar: node("progress", ""), again: node("button", "", words.again), drop: node("button", "", "✕") });
      entry.again.type = entry.drop.type = "button";
      entry.drop.setAttribute("aria-label", words.drop);
      entry.again.onclick = () => { failures = 0; show(entry, "waiting"); run(); };
      entry.drop.onclick = () => { entries.splice(entries.indexOf(entry), 1); entry.line.remove(); };
      entry.line.append(node("span", "name", said.place ? `${file.name} → ${said.place}` : file.name), entry.again, entry.drop, entry.status, entry.bar);
      entries.push(entry);
      made.push(entry);
      list.append(entry.line);
      show(entry, "waiting");
      if (file.size > MOST_BYTES) show(entry, "refused", words.too_big.replace("{limit}", "20"));
    }
    run();
    return made;
  }

  async function run() {
    if (running) return;
    running = true;
    clearTimeout(timer);
    for (let entry = next(); entry; entry = next()) if (!(await send(entry))) break;
    running = false;
    if (unsent()) return;
    const count = arrived;
    arrived = 0;
    if (count) onIdle?.(count);
  }

  const next = () => entries.find((entry) => ["waiting", "offline"].includes(entry.state));

  /** Whether it is worth going on with the next one. */
  async function send(entry) {
    const progress = (share) => (share < 1
      ? show(entry, "sending", words.sending.replace("{percent}", Math.floor(share * 100)), share)
      : show(entry, "checking", words.checking, 1));
    progress(0);
    try {
      entry.sha256 ??= await fingerprint(entry.file);
      const there = entry.like?.state === "received";
      const file = there ? new Blob([], { type: entry.file.type }) : entry.file;
      const receipt = await put(address(entry, entry.sha256, there ? entry.like.uuid : ""), file, { headers, onProgress: progress });
      failures = 0;
      arrived += 1;
      show(entry, "received");
      onReceived?.(entry, receipt);
      return true;
    } catch (error) {
      if (error instanceof Refused) entry.like = null; // perhaps it was taken back there: the next try sends its bytes
      if (error instanceof Refused) show(entry, "refused", error.problem.message || words.failed);
      else if (error instanceof SignInNeeded) show(entry, "refused", words.signin);
      else if (error instanceof Unreachable) later(entry, error);
      else show(entry, "refused", words.failed); // the file is gone from the device
      return !(error instanceof Unreachable);
    }
  }

  function later(entry, { retryAfter }) {
    show(entry, "offline");
    failures += 1;
    const pause = Math.min(LONGEST_PAUSE, 1000 * 2 ** Math.min(failures, 6)) * (0.75 + Math.random() / 2);
    timer = setTimeout(run, Math.max(pause, retryAfter * 1000));
  }

  return { add, unsent };
}
