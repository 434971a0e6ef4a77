// What the sign of the link tells when it is tapped: what waits, what was refused, and the way out in the worst case.
import { Icon } from "./icons.js";
import { left, NotTaken, takeIn, takeOver, unsentFile } from "./handover.js";
import { html, useEffect, useLayoutEffect, useRef, useState, useTopics } from "./lib.js";
import { Refused } from "./refused.js";
import { Sheet, tell } from "./sheet.js";
import { retryWrites, state } from "./state.js";
import { counted, formatInstant, formatSize, mark, t } from "./strings.js";
import { link, poke } from "./sync.js";

const STATUS = {
  unknown: mark("Connecting…"), ok: mark("All received by the server"), sending: mark("Sending…"),
  offline: mark("No connection. Everything is kept on this tablet and sent by itself when the connection is back."),
  signin: mark("Your session ended, or somebody else is signed in. Nothing is lost: sign in again and it is sent."),
};
const ALL_ELSE = mark("Received by the server, except for what stands below");

export function Connection({ onClose }) {
  useTopics("sync", "trouble");
  const [room, setRoom] = useState(null);
  const [leavers, setLeavers] = useState([]);
  useEffect(() => { left().then(setLeavers); }, [state.fetchedAt, link.waiting]);
  useEffect(() => { navigator.storage?.estimate?.().then(setRoom); }, [link.parked]);
  const again = async () => { await retryWrites(); await state.store.unpark(); poke(); };
  return html`<${Sheet} title=${t("Connection and queue")} onClose=${onClose} foot=${html`
      <a class="quiet" href="/tablet/check.html">${t("Check this tablet")}</a><span class="grow"></span>
      <button type="button" class="primary" onClick=${again}><${Icon} name="refresh" /> ${t("Try now")}</button>`}>
    <p class="link-status ${link.status}">${t(link.parked && link.status === "ok" ? ALL_ELSE : STATUS[link.status])}</p>
    ${link.status === "signin" && html`<p><a class="primary" href="/signin?next=/tablet/">${t("Sign in")}</a></p>`}
    ${state.trouble && html`<p class="banner warning"><${Icon} name="warning" /> ${TROUBLE()}</p>`}
    <dl class="facts-list"><dt>${t("Signed in on this tablet")}</dt><dd>${state.user?.name}</dd>
      <dt>${t("Waiting to be sent")}</dt><dd>${link.waiting}</dd>
      <dt>${t("Last word from the server")}</dt><dd>${formatInstant(state.fetchedAt) || "–"}</dd>
      ${room && html`<dt>${t("Storage")}</dt><dd>${t("{used} used, {free} free", { used: formatSize(room.usage), free: formatSize(room.quota - room.usage) })}</dd>`}</dl>
    ${leavers.map(({ id, name, count }) => html`<p class="banner warning" key=${id}><span>${counted(count, mark("{name} has left and {n} record of theirs is unsent on this tablet."),
      mark("{name} has left and {n} records of theirs are unsent on this tablet."), { name })}</span>
      <button type="button" class="tool" onClick=${() => follow(id)}>${t("Send them")}</button></p>`)}
    <${Refused} onClose=${onClose} />
    <details class="worst-case"><summary>${t("For the worst case: a file")}</summary>
      <p class="hint">${t("When this tablet cannot send any more, save what was not sent and take the file in on another tablet, signed in as the same person.")}</p>
      <div class="tools"><button type="button" class="tool" disabled=${link.waiting + link.parked === 0} onClick=${save}>${t("Save what was not sent as a file")}</button>
      <label class="tool"><span>${t("Take in such a file")}</span><input class="hidden" type="file" accept=".json,application/json" aria-label=${t("Take in such a file")}
        onChange=${take} /></label></div></details><//>`;
}

const TROUBLE = () => (state.trouble === "quota"
  ? t("This tablet's storage is full. Free some space: what is marked 'Not saved!' is not safe until then.")
  : t("This tablet could not write to its storage. Do not close this page; tap 'Try now'."));

const take = (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  return taking(() => takeIn(file));
};

const follow = (id) => taking(() => takeOver(id));

async function taking(work) {
  try {
    const taken = await work();
    tell(taken ? counted(taken, mark("{n} record was taken in and is sent from here."), mark("{n} records were taken in and are sent from here.")) : t("Everything in this file is here or at the server already."), null, "good");
  } catch (error) {
    if (!(error instanceof NotTaken)) console.error(error);
    tell(error.reason === "person" ? t("This file belongs to {name}: only they, or who took their place, can take it in.", { name: error.name_of })
      : error.reason === "format" ? t("This is not a file of unsent records, or it is damaged. Nothing was taken in.")
      : t("This tablet could not store all of the file; free some space and take it in again."), null, "bad");
  }
}

async function save() {
  const address = URL.createObjectURL(await unsentFile());
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = `rounds-unsent-${state.user.id}-${new Date().toISOString().slice(0, 10)}.json`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  tell(t("The file is in the downloads of this tablet."));
}

/** A line over the page when the person must know: storage trouble, a sign-in, refused records, a long queue. */
export function Banner({ onOpen }) {
  useTopics("sync", "trouble");
  const line = state.trouble ? TROUBLE()
    : link.status === "signin" ? counted(link.waiting, mark("Sign in again to send {n} record. Nothing is lost."), mark("Sign in again to send {n} records. Nothing is lost."))
    : link.parked ? t("Refused by the server: {n}. Tap to see why.", { n: link.parked })
    : link.waiting > 200 ? t("{n} records wait on this tablet. Keep it on and find a connection.", { n: link.waiting }) : null;
  const self = useRef(null);
  useLayoutEffect(() => { // what sticks to the upper edge stands below this line, however many lines it takes
    const measure = () => document.documentElement.style.setProperty("--banner", `${self.current?.offsetHeight ?? 0}px`);
    measure();
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, [line]);
  return line && html`<button type="button" class="top-banner" ref=${self} onClick=${onOpen}><${Icon} name="warning" /> <span>${line}</span> <${Icon} name="next" /></button>`;
}
