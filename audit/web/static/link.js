// The page of a one-purpose link. The token stands behind the # of the address: it is sent in a header and nowhere else.
import { shoot } from "/tablet/ghost.js";
import { read, Refused, uploads } from "/tablet/upload.js";

const root = document.getElementById("link");
const words = JSON.parse(document.getElementById("words").textContent);
const texts = { ...root.dataset };
const language = document.documentElement.lang;
const PAUSE = 700; // ms without a key after which what was written is sent
const LONGEST_PAUSE = 30_000;
const pictures = new Map(); // photo → address of its picture in this page

let token = "";
let list = null; // the files under way
let dirty = {}; // field → what is written and not yet kept
let seen = {}; // field → what the server had when the person last saw it
let saving = null;
let failures = 0;
let timer = null;

const headers = () => ({ "X-Rounds-Link": token, "Accept-Language": language });
const article = () => document.getElementById("finding");
const keyOf = () => `link-${article()?.dataset.id}`;

async function ask(method, path, body, more = {}) {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  const answer = await fetch(`/link/${path}`, { method, headers: { ...headers(), ...type }, cache: "no-store", ...content, ...more });
  return read(answer.status, await answer.text(), answer.headers.get("Retry-After"));
}

function tell(message, kind = "problem") {
  const said = document.createElement("p");
  said.className = kind;
  said.textContent = message;
  root.replaceChildren(said);
}

/** Fetch the finding as it stands; null when the link opens nothing (that has been told by then). */
async function fetched() {
  const answer = await fetch(`/link/finding?lang=${encodeURIComponent(root.dataset.locale)}`, { headers: headers(), cache: "no-store" });
  const text = await answer.text();
  if (answer.ok) return new DOMParser().parseFromString(text, "text/html").getElementById("finding");
  let problem = {};
  try { problem = JSON.parse(text); } catch { /* a proxy's page */ }
  if (answer.status >= 500) throw new TypeError("not now");
  tell(problem.message || texts.dead);
  return null;
}

/** Draw everything anew. What is written and not yet kept is put back into its fields. */
async function open() {
  let found;
  try {
    found = await fetched();
  } catch {
    if (!article()) tell(texts.offline);
    setTimeout(open, 5000);
    return;
  }
  if (!found) return;
  const before = list?.unsent() ? document.getElementById("uploads") : null;
  root.replaceChildren(found);
  seen = Object.fromEntries(fields().map((field) => [field.name, field.value]));
  dirty = { ...kept(), ...dirty };
  for (const field of fields()) if (field.name in dirty) field.value = dirty[field.name];
  if (before) document.getElementById("uploads")?.replaceWith(before); // files go on being sent
  else list = null;
  listen();
  if (Object.keys(dirty).length) save();
}

const fields = () => [...root.querySelectorAll("textarea[name],input[name]")];

function kept() {
  try { return JSON.parse(sessionStorage.getItem(keyOf())) ?? {}; } catch { return {}; }
}

function remember() {
  try {
    if (Object.keys(dirty).length) sessionStorage.setItem(keyOf(), JSON.stringify(dirty));
    else sessionStorage.removeItem(keyOf());
  } catch { /* no room, or not allowed here: it is sent all the same */ }
}

function listen() {
  for (const field of fields()) {
    field.oninput = () => { write(field); clearTimeout(timer); timer = setTimeout(save, PAUSE); grow(field); };
    field.onchange = () => { write(field); save(); };
    grow(field);
  }
  for (const button of root.querySelectorAll("[data-large]")) button.onclick = () => large(button.dataset.large);
  for (const button of root.querySelectorAll("[data-ghost]")) button.onclick = () => again(button.dataset.ghost);
  for (const button of root.querySelectorAll("[data-drop]")) button.onclick = () => drop(button.dataset.drop);
  for (const input of root.querySelectorAll("input[data-role]")) input.onchange = () => pick(input);
  for (const button of root.querySelectorAll("[data-act]")) button.onclick = () => act(button);
  for (const picture of root.querySelectorAll("img[data-photo]")) load(picture.dataset.photo, "thumbnail").then((at) => { picture.src = at; }, () => {});
  const place = document.getElementById("uploads");
  if (place && !list) {
    const address = ({ uuid, file, said }, sha256) => `/link/evidence/${uuid}?${new URLSearchParams({ ...said, filename: file.name, sha256 })}`;
    list = uploads(place, { address, headers: headers(), words, onIdle: refresh });
  }
  lacking();
}

function grow(field) {
  if (field.tagName !== "TEXTAREA") return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

function write(field) {
  dirty[field.name] = field.value;
  remember();
  say("saving", texts.saving);
  lacking();
}

function say(kind, text) {
  const place = document.getElementById("saved");
  if (!place) return;
  place.className = `saved ${kind}`;
  place.textContent = text;
}

/** Send what is written; one request at a time, and again until the server has it. */
function save() {
  clearTimeout(timer);
  saving ??= send().finally(() => { saving = null; });
  return saving;
}

async function send(more = {}) {
  while (Object.keys(dirty).length) {
    const given = { ...dirty };
    try {
      const { saved_at } = await ask("PUT", "answer", { given, seen: pickOf(seen, given) }, more);
      failures = 0;
      Object.assign(seen, given);
      for (const [name, value] of Object.entries(given)) if (dirty[name] === value) delete dirty[name];
      remember();
      if (Object.keys(dirty).length) continue;
      const time = new Date(saved_at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
      say("ok", `✓ ${texts.saved.replace("{time}", time)}`);
    } catch (error) {
      await stumble(error);
      return;
    }
  }
}

const pickOf = (all, names) => Object.fromEntries(Object.keys(names).map((name) => [name, all[name] ?? ""]));

async function stumble(error) {
  if (!(error instanceof Refused)) {
    failures += 1;
    say("bad", texts.unsaved);
    timer = setTimeout(save, Math.min(LONGEST_PAUSE, 1000 * 2 ** Math.min(failures, 5)));
    return;
  }
  const { code, message } = error.problem;
  if (code === "stale") await compare();
  else if (["wrong_state", "delegation.handed_over", "delegation.link"].includes(code)) await open(); // it stands otherwise now
  else say("bad", texts.bad.replace("{reason}", message ?? code));
}

/** Somebody wrote into the same fields: what they wrote is shown, and the person chooses. */
async function compare() {
  const found = await fetched();
  if (!found) return;
  for (const theirs of found.querySelectorAll("textarea[name],input[name]")) {
    const { name, value } = theirs;
    const mine = fields().find((field) => field.name === name);
    if (!mine || seen[name] === value) continue;
    if (!(name in dirty)) mine.value = value;
    else if (dirty[name] !== value) { choose(mine, value); continue; }
    seen[name] = value;
  }
}

function choose(field, value) {
  root.querySelector(`[data-rival=${field.name}]`)?.remove();
  const box = document.createElement("div");
  box.className = "rival";
  box.dataset.rival = field.name;
  box.append(Object.assign(document.createElement("p"), { textContent: texts.differs }), Object.assign(document.createElement("blockquote"), { textContent: value || "–" }));
  for (const [label, mine] of [[texts.mine, true], [texts.theirs, false]]) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: label });
    button.onclick = () => {
      seen[field.name] = value;
      if (!mine) { field.value = value; delete dirty[field.name]; remember(); grow(field); }
      box.remove();
      save();
    };
    box.append(button);
  }
  field.after(box);
  say("bad", texts.differs);
}

async function load(uuid, kind) {
  const key = `${uuid}/${kind}`;
  if (!pictures.has(key)) {
    pictures.set(key, fetch(`/link/photos/${key}`, { headers: headers() }).then(async (answer) => {
      if (!answer.ok) { pictures.delete(key); throw new Error(answer.status); }
      return URL.createObjectURL(await answer.blob());
    }, (error) => { pictures.delete(key); throw error; }));
  }
  return pictures.get(key);
}

async function large(uuid) {
  const dialog = document.createElement("dialog");
  dialog.className = "large";
  const close = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: "✕" });
  const from = root.querySelector(`[data-large="${CSS.escape(uuid)}"] .frame`).cloneNode(true);
  dialog.append(from, close);
  dialog.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
  from.querySelector("img").src = await load(uuid, "report");
}

async function again(uuid) {
  const file = await shoot(document.body, await load(uuid, "report").catch(() => ""), words);
  if (file) list?.add([file], said("after"));
}

const said = (role) => ({ role, proves: article().dataset.asked || "photo" });

function pick(input) {
  const roleOf = (file) => {
    if (input.dataset.role !== "pick") return input.dataset.role;
    return file.type.startsWith("image/") && said("").proves === "photo" ? "after" : "other";
  };
  for (const file of input.files) list?.add([file], said(roleOf(file)));
  input.value = "";
}

/** The evidence as the server has it now; the fields stay as they are. */
async function refresh() {
  const found = await fetched().catch(() => null);
  const place = document.getElementById("evidence");
  if (!found?.querySelector("#evidence") || !place) return;
  place.replaceWith(found.querySelector("#evidence"));
  document.querySelectorAll("#uploads li[data-state=received]").forEach((line) => line.remove());
  listen();
}

async function drop(uuid) {
  try {
    await ask("DELETE", `evidence/${uuid}`);
    await refresh();
  } catch (error) {
    refuse(error);
  }
}

function lacking() {
  const place = document.getElementById("lacking");
  if (!place) return;
  const missing = fields().filter((field) => "needed" in field.dataset && !field.value.trim()).map((field) => field.dataset.label);
  const { asked } = article().dataset;
  const proofs = [...document.querySelectorAll(".proof")].map((proof) => proof.dataset);
  const proven = proofs.some(({ kind, role, proves }) => !asked || (proves === asked && (asked !== "photo" || (kind === "photo" && role === "after"))));
  if (!proven) missing.push(asked === "photo" || !asked ? words.proof_photo : words.proof);
  place.textContent = missing.length ? texts.lacking.replace("{fields}", missing.join(texts.between)) : `✓ ${texts.complete}`;
}

function refuse(error) {
  const place = document.getElementById("refused");
  if (!place) return;
  const known = { required: texts.nothing };
  place.hidden = !error;
  place.textContent = error ? known[error.problem?.code] ?? error.problem?.message ?? (error.message || texts.offline) : "";
  if (error) place.scrollIntoView({ block: "center" });
}

async function act(button) {
  refuse(null);
  if (list?.unsent()) return refuse(new Error(texts.still));
  button.disabled = true;
  try {
    await save();
    if (Object.keys(dirty).length) throw new Error(texts.unsaved);
    await ask(button.dataset.act === "done" ? "POST" : "DELETE", "done");
    await open();
    window.scrollTo(0, 0);
  } catch (error) {
    if (error instanceof Refused && error.problem.code !== "required") await open();
    refuse(error instanceof Refused || Object.keys(dirty).length ? error : new Error(texts.offline));
  } finally {
    button.disabled = false;
  }
  return null;
}

/** Begin with the token that the address carries now. */
function begin() {
  token = location.hash.slice(1);
  list = null;
  dirty = {};
  for (const link of document.querySelectorAll(".top nav a")) link.href = `${link.search}${location.hash}`;
  if (token) open();
  else tell(texts.dead);
}

window.addEventListener("hashchange", begin);
window.addEventListener("online", () => { failures = 0; save(); });
document.addEventListener("visibilitychange", () => { if (document.hidden && Object.keys(dirty).length && !saving) send({ keepalive: true }); });
begin();
