// The self-check of a tablet: everything the form needs, each with what to do when it is not there.
import { html, openDB, render } from "./lib.js";
import { speak, t } from "./strings.js";

const CLOCK_LIMIT = 120_000; // ms the tablet's clock may differ

/** Each check resolves to true, or to the sentence that says what to do; the second part is worth knowing anyway. */
const CHECKS = [
  [() => t("Secure address"), async () => window.isSecureContext || t("Open the form by an address that begins with https://, or by localhost.")],
  [() => t("Service worker (works without a connection)"), async () => {
    if (!("serviceWorker" in navigator)) return t("This browser has none: use a current Chrome, Edge or Safari, not in private mode.");
    await navigator.serviceWorker.register("/tablet/sw.js", { scope: "/tablet/", updateViaCache: "none" });
    await Promise.race([navigator.serviceWorker.ready, failAfter(15_000)]);
    return true;
  }],
  [() => t("Storage on this tablet"), async () => {
    const base = await openDB("rounds-check", 1, { upgrade: (db) => db.createObjectStore("facts") });
    await base.put("facts", new Blob(["x"]), "probe");
    const back = await base.get("facts", "probe");
    base.close();
    return back.size === 1 || t("The browser does not keep data: leave private mode.");
  }],
  [() => t("Storage is protected from eviction"), async () => (await navigator.storage?.persisted?.()) || (await navigator.storage?.persist?.())
    || t("Add the form to the home screen, then the browser keeps its data.")],
  [() => t("Free space"), async () => {
    const { quota, usage } = await navigator.storage.estimate();
    return quota - usage > 1e9 || t("Less than 1 GB is free for photos: free some space.");
  }],
  [() => t("Camera"), async () => {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    return devices.some((device) => device.kind === "videoinput") || t("No camera was found; photos can still be picked from the gallery.");
  }],
  [() => t("Server"), async () => (await fetch("/health", { cache: "no-store" })).ok || t("The server does not answer: check the network.")],
  [() => t("Clock"), async () => {
    const asked = Date.now();
    const response = await fetch("/health", { cache: "no-store" });
    const difference = Date.parse(response.headers.get("Date")) - (asked + Date.now()) / 2;
    if (Number.isNaN(difference)) return t("The server did not tell its time.");
    return Math.abs(difference) < CLOCK_LIMIT || t("The clock differs by {n} minutes: switch on automatic time.", { n: Math.round(Math.abs(difference) / 60_000) });
  }],
];

const failAfter = (ms) => new Promise((_, fail) => setTimeout(() => fail(new Error("timeout")), ms));

const results = CHECKS.map(() => null);

const draw = () => render(html`<main class="page check-page"><div class="title"><h1>${t("Check of this tablet")}</h1>
    <p>${t("What the form needs to work in a hall, with or without a connection.")}</p></div>
  <ul class="checks">${CHECKS.map(([name], n) => html`<li key=${n} class=${results[n] === true ? "good" : results[n] === null ? "" : "open"}>
    <b class="sign" aria-hidden="true">${results[n] === true ? "✓" : results[n] === null ? "…" : "!"}</b>
    <span><b>${name()}</b>${typeof results[n] === "string" && html`<br />${results[n]}`}</span></li>`)}</ul>
  <p><a class="primary" href="/tablet/">${t("Open the form")}</a></p></main>`, document.getElementById("app"));

async function check() {
  await speak(navigator.language.startsWith("en") ? "en" : "zh_CN");
  draw();
  await Promise.all(CHECKS.map(async ([, run], n) => {
    try {
      results[n] = (await run()) || t("Not available.");
    } catch (error) {
      results[n] = t("Failed: {reason}", { reason: error.message });
    }
    draw();
  }));
  document.documentElement.dataset.ready = "yes";
}

check();
