// Starts the form: this tablet's last person at once when there is no link, else whoever the server says is signed in.
import { SignInNeeded, Unreachable } from "./api.js";
import { Communication } from "./communication.js";
import { Banner, Connection } from "./connection.js";
import { persistStorage } from "./device.js";
import { Form } from "./form.js";
import { chooseLocale, browserLocale, followPerson } from "./language.js";
import { announce, html, render, useEffect, useState, useTopics, watch } from "./lib.js";
import { Notices, Question, Sheet, tell } from "./sheet.js";
import { assignmentBook, become, lastUser, refresh, state, visitBook } from "./state.js";
import { locale, LOCALES, speak, t } from "./strings.js";
import { countQueue, joinTabs, link, poke, startSender } from "./sync.js";
import { apply, applyIfIdle, startUpdates, update } from "./update.js";
import { Visits } from "./visits.js";

const PATIENCE = 1500; // ms to wait for the server before this tablet's own copy is shown
const FONTS = ["400", "700"].map((weight) => `/tablet/lib/@fontsource/noto-sans-sc/${weight}.css`);

/** {name: "list"} | {name: "visit", id, tab} | {name: "meeting", id, visit}: from the address after #. */
function place() {
  const [, kind, id, rest] = location.hash.replace(/\?.*$/, "").split("/");
  if (kind === "visit" && visitBook(Number(id)) && state.snapshot?.visits.some((visit) => visit.id === Number(id))) {
    return { name: "visit", id: Number(id), tab: rest || null };
  }
  if (kind === "assignment" && assignmentBook(Number(id))) return { name: "meeting", id: Number(id), visit: Number(rest) || null };
  return { name: "list" };
}

const idle = () => place().name === "list" && !document.querySelector("dialog[open]");

function App() {
  useTopics("list", "user", "locale", "update");
  const [, moved] = useState(0);
  const [sheet, setSheet] = useState(null);
  useEffect(() => {
    const follow = () => { moved((n) => n + 1); applyIfIdle(idle); };
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  const where = place();
  const onLink = () => setSheet("link");
  return html`<${Banner} onOpen=${onLink} />
    ${update.ready && html`<div class="update" role="status"><span>${t("A new version of the form is ready. Nothing is lost by updating.")}</span>
      <button type="button" onClick=${apply}>${t("Update")}</button></div>`}
    ${where.name === "visit" ? html`<${Form} key=${`${state.user.id}/${where.id}`} visitId=${where.id} tab=${where.tab} onLink=${onLink} />`
      : where.name === "meeting" ? html`<${Communication} key=${where.id} assignmentId=${where.id} visitId=${where.visit} onLink=${onLink} />`
      : html`<${Visits} onLink=${onLink} onLanguage=${() => setSheet("language")} />`}
    ${sheet === "link" && html`<${Connection} onClose=${() => setSheet(null)} />`}
    ${sheet === "language" && html`<${Language} onClose=${() => setSheet(null)} />`}
    <${Question} /><${Notices} />`;
}

function Language({ onClose }) {
  const choose = async (wanted) => {
    await chooseLocale(wanted);
    onClose();
  };
  return html`<${Sheet} title="语言 · Language" onClose=${onClose}><div class="choice">${Object.entries(LOCALES).map(([code, name]) => html`
    <button type="button" key=${code} aria-pressed=${String(locale() === code)} onClick=${() => choose(code)}>${name}</button>`)}</div><//>`;
}

/** Open a person's database: from the server's word if it comes soon, else from this tablet's memory. */
async function openPerson() {
  const known = await lastUser();
  const answer = refresh().then(() => null, (error) => error);
  const soon = known && navigator.onLine
    ? await Promise.race([answer, new Promise((done) => setTimeout(() => done("slow"), PATIENCE))])
    : known ? "slow" : await answer;
  if (soon instanceof SignInNeeded) link.status = "signin";
  else if (soon instanceof Unreachable) link.status = "offline";
  else if (soon instanceof Error) throw soon;
  if (!state.user && known) await become(known);
  return soon;
}

function sentence(title, text, action = null) {
  render(html`<div class="plain-page"><h1>${title}</h1><p>${text}</p>${action}</div>`, root());
}

function root() {
  const element = document.getElementById("app");
  if (element.firstElementChild?.classList.contains("starting")) element.replaceChildren();
  return element;
}

async function start() {
  await speak(browserLocale());
  if (!window.isSecureContext || !navigator.locks || !crypto.randomUUID) {
    sentence(t("This address is not secure"), t("The form needs an address that begins with https://, or localhost: without it the browser gives no offline storage and no camera. Ask the administrator for the secure address."),
      html`<a class="primary" href="/tablet/check.html">${t("Check this tablet")}</a>`);
    return;
  }
  const soon = await openPerson();
  await followPerson();
  if (!state.user) {
    if (soon instanceof SignInNeeded) location.href = "/signin?next=/tablet/";
    else sentence(t("No connection"), t("This tablet has never been connected with your account. Connect once, sign in, and it works without a connection from then on."));
    return;
  }
  joinTabs();
  await countQueue();
  render(html`<${App} />`, root());
  document.documentElement.dataset.ready = "yes";
  startSender();
  poke();
  window.addEventListener("load", loadFonts, { once: true });
  if (document.readyState === "complete") loadFonts();
  startUpdates(idle).catch((error) => console.error(error));
  if (!(await persistStorage())) console.info("The browser did not promise to keep this tablet's storage.");
}

function loadFonts() {
  for (const address of FONTS) {
    if (document.querySelector(`link[href="${address}"]`)) continue;
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: address }));
  }
}

/** Somebody else signed in on this tablet: their own database is open now; the other's queue stays where it is. */
function personChanged() {
  joinTabs();
  countQueue();
  location.hash = "#/";
  followPerson().then(() => announce("list", "user"));
  tell(t("Signed in as {name}. Work of the person before stays on this tablet until they sign in again.", { name: state.user.name }));
}

watch("user-changed", personChanged);
watch("user", () => followPerson().catch((error) => console.info(error.name)));
start().catch((error) => {
  console.error(error);
  sentence(t("The form could not start"), t("Reload the page. If it stays so, check this tablet."),
    html`<a class="primary" href="/tablet/check.html">${t("Check this tablet")}</a>`);
});
