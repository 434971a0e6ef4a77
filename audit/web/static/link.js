// The page of a one-purpose link. The token stands behind the # of the address: it is sent in a header and nowhere else.
import { shoot } from "/tablet/ghost.js";
import { keeper } from "/tablet/keeping.js";
import { read, Refused, uploads } from "/tablet/upload.js";

const root = document.getElementById("link");
const words = JSON.parse(document.getElementById("words").textContent);
const texts = { ...root.dataset };
const language = document.documentElement.lang;
const pictures = new Map(); // photo → address of its picture in this page

let token = "";
let list = null; // the files under way
let draft = {}; // of a comment: it outlives a page drawn anew

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
  if (before) document.getElementById("uploads")?.replaceWith(before); // files go on being sent
  else list = null;
  kept.draw();
  listen();
}

const fields = () => [...root.querySelectorAll("textarea[name],input[name]")];

function listen() {
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
  for (const id of ["say_name", "say_text"]) {
    const field = document.getElementById(id);
    if (!field) continue;
    field.value = draft[id] ?? field.value;
    field.oninput = () => { draft[id] = field.value; };
  }
  for (const button of root.querySelectorAll("[data-say]")) button.onclick = () => comment(button);
  lacking();
}

/** A comment on the finding. It is not kept while it is written, but sent by its button. */
async function comment(button) {
  const [name, text] = ["say_name", "say_text"].map((id) => document.getElementById(id).value);
  const complain = (message) => {
    const place = document.getElementById("unsaid");
    if (!place) return;
    place.hidden = !message;
    place.textContent = message;
  };
  complain("");
  if (!name.trim() || !text.trim()) return complain(texts.nameless);
  button.disabled = true;
  try {
    await ask("POST", "comments", { name, text });
    delete draft.say_text;
    await open();
    const heard = document.getElementById("heard");
    if (heard) heard.textContent = texts.heard;
    document.getElementById("talk")?.scrollIntoView({ block: "center" });
  } catch (error) {
    const gone = ["wrong_state", "delegation.link"].includes(error.problem?.code);
    if (gone) await open();
    complain(error instanceof Refused ? error.problem.message : texts.offline);
  } finally {
    button.disabled = false;
  }
  return null;
}

function say(kind, text) {
  const place = document.getElementById("saved");
  if (!place) return;
  place.className = `saved ${kind}`;
  place.textContent = text;
}

/** Somebody wrote into the same fields: what stands there now. */
async function compare() {
  const found = await fetched();
  if (found) kept.compare(Object.fromEntries([...found.querySelectorAll("textarea[name],input[name]")].map(({ name, value }) => [name, value])));
}

const kept = keeper({
  fields, say, texts, language, stale: compare, gone: open, key: keyOf, written: lacking,
  put: (given, seen, more) => ask("PUT", "answer", { given, seen }, more),
});

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

/** The evidence and the conversation as the server has them now; the fields stay as they are. */
async function refresh() {
  const found = await fetched().catch(() => null);
  if (!found) return;
  for (const id of ["evidence", "said"]) {
    const now = found.querySelector(`#${id}`);
    if (now) document.getElementById(id)?.replaceWith(now);
  }
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
    await kept.save();
    if (kept.unsaved()) throw new Error(texts.unsaved);
    await ask(button.dataset.act === "done" ? "POST" : "DELETE", "done");
    await open();
    window.scrollTo(0, 0);
  } catch (error) {
    if (error instanceof Refused && error.problem.code !== "required") await open();
    refuse(error instanceof Refused || kept.unsaved() ? error : new Error(texts.offline));
  } finally {
    button.disabled = false;
  }
  return null;
}

/** Begin with the token that the address carries now. */
function begin() {
  token = location.hash.slice(1);
  list = null;
  draft = {};
  kept.forget();
  for (const link of document.querySelectorAll(".top nav a")) link.href = `${link.search}${location.hash}`;
  if (token) open();
  else tell(texts.dead);
}

window.addEventListener("hashchange", begin);
document.addEventListener("visibilitychange", () => { if (!document.hidden && article()) refresh(); }); // an answer may have come
begin();
