// Keeps what is written into the fields of a page while it is written: after a short pause, and again until the server
// has it. The page of a one-purpose link and the pages at a desk use it.
import { Refused, SignInNeeded } from "./upload.js";

const PAUSE = 700; // ms without a key after which what was written is sent
const LONGEST_WRITING = 2000; // ms after which it is sent although somebody goes on writing
const LONGEST_PAUSE = 30_000;
const GONE = ["wrong_state", "delegation.handed_over", "delegation.link"];

export function grow(field) {
  if (field.tagName !== "TEXTAREA") return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

/**
 * Keep the text fields that `fields()` gives by their names. `put(given, seen, more)` sends some of them with what the
 * server had when the person last saw them, and gives {saved_at}; `after(value)` is what it has then, trimmed. `say(kind,
 * text)` tells how it stands ("saving", "ok", "bad"). `stale()`: somebody else wrote into the same fields: fetch what
 * stands there and call `compare`. `gone()`: it stands otherwise now. `key()` names the place in this tab's storage.
 * `texts`: saving, saved, unsaved, bad, differs, mine, theirs; signin where one can be signed out.
 */
export function keeper({ fields, put, say, stale, gone, key, texts, language, after = (value) => value.trim(), written = () => {} }) {
  let dirty = {}; // field → what is written and not yet kept
  let seen = {}; // field → what the server had when the person last saw it
  const held = new Set(); // fields of which the person has to choose first
  let saving = null;
  let failures = 0;
  let timer = null;
  let since = 0; // when the first letter was written that is not on its way yet

  function kept() {
    try { return JSON.parse(sessionStorage.getItem(key())) ?? {}; } catch { return {}; }
  }

  function remember() {
    try {
      if (Object.keys(dirty).length) sessionStorage.setItem(key(), JSON.stringify(dirty));
      else sessionStorage.removeItem(key());
    } catch { /* no room, or not allowed here: it is sent all the same */ }
  }

  function write(field) {
    dirty[field.name] = field.value;
    remember();
    if (held.has(field.name)) say("bad", texts.differs);
    else say("saving", texts.saving);
    written();
  }

  /** The fields show what the server has, `tokens` where that is more than the text: put back what is not kept yet. */
  function draw(tokens = null) {
    seen = tokens ?? Object.fromEntries(fields().map((field) => [field.name, field.value]));
    dirty = { ...kept(), ...dirty };
    held.clear();
    for (const field of fields()) {
      if (field.name in dirty) field.value = dirty[field.name];
      field.oninput = () => {
        write(field);
        clearTimeout(timer);
        since ||= Date.now();
        timer = setTimeout(save, Math.max(0, Math.min(PAUSE, since + LONGEST_WRITING - Date.now())));
        grow(field);
      };
      field.onchange = () => { write(field); save(); };
      grow(field);
    }
    if (unsaved()) save();
  }

  /** Send what is written; one request at a time, and again until the server has it. */
  function save() {
    clearTimeout(timer);
    since = 0;
    saving ??= send().finally(() => { saving = null; });
    return saving;
  }

  async function send(more = {}) {
    for (;;) {
      const given = Object.fromEntries(Object.entries(dirty).filter(([name]) => !held.has(name)));
      if (!Object.keys(given).length) return;
      try {
        const { saved_at } = await put(given, Object.fromEntries(Object.keys(given).map((name) => [name, seen[name] ?? ""])), more);
        failures = 0;
        for (const [name, value] of Object.entries(given)) {
          seen[name] = after(value);
          if (dirty[name] === value) delete dirty[name];
        }
        remember();
        if (unsaved()) {
          if (held.size) say("bad", texts.differs);
          continue;
        }
        const time = new Date(saved_at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
        say("ok", `✓ ${texts.saved.replace("{time}", time)}`);
      } catch (error) {
        await stumble(error);
        return;
      }
    }
  }

  async function stumble(error) {
    if (!(error instanceof Refused)) {
      failures += 1;
      say("bad", (error instanceof SignInNeeded && texts.signin) || texts.unsaved);
      timer = setTimeout(save, Math.min(LONGEST_PAUSE, 1000 * 2 ** Math.min(failures, 5)));
      return;
    }
    const { code, message } = error.problem;
    if (code === "stale") await stale();
    else if (GONE.includes(code)) await gone();
    else say("bad", texts.bad.replace("{reason}", message ?? code));
  }

  /** What stands at the server by now: fields that nobody writes into follow, of the others the person chooses. */
  function compare(values, tokens = values) {
    for (const field of fields()) {
      const { name } = field;
      if (!(name in values) || seen[name] === tokens[name]) continue;
      if (name in dirty && dirty[name] !== values[name]) {
        choose(field, values[name], tokens[name]);
        continue;
      }
      if (!(name in dirty)) { field.value = values[name]; grow(field); }
      seen[name] = tokens[name];
    }
  }

  function choose(field, value, token) {
    field.parentNode.querySelector(`[data-rival=${field.name}]`)?.remove();
    held.add(field.name);
    const box = document.createElement("div");
    box.className = "rival";
    box.dataset.rival = field.name;
    box.append(Object.assign(document.createElement("p"), { textContent: texts.differs }), Object.assign(document.createElement("blockquote"), { textContent: value || "–" }));
    for (const [label, mine] of [[texts.mine, true], [texts.theirs, false]]) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: label });
      button.onclick = () => {
        seen[field.name] = token;
        held.delete(field.name);
        if (!mine) { field.value = value; delete dirty[field.name]; remember(); grow(field); }
        box.remove();
        if (unsaved()) Promise.resolve(saving).then(save); // after what is on its way, which knows of no choice
        else say("", "");
      };
      box.append(button);
    }
    field.after(box);
    say("bad", texts.differs);
  }

  const unsaved = () => Object.keys(dirty).length > 0;
  const forget = () => { dirty = {}; held.clear(); };
  window.addEventListener("online", () => { failures = 0; save(); });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && unsaved() && !saving) send({ keepalive: true });
  });
  return { draw, save, compare, unsaved, forget, token: (name) => seen[name] };
}
