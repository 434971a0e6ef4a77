// New versions of the form: fetched in the background, applied when the person says so or when nothing is in hand.
import { announce } from "./lib.js";

export const update = { ready: false };

let registration = null;
let applying = false;

/** Register the worker. `idle()` tells whether nothing is in hand, so that a waiting version may come in by itself. */
export async function startUpdates(idle) {
  if (!("serviceWorker" in navigator)) return;
  const hadWorker = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!hadWorker && !applying) return; // the very first worker took over the page it belongs to
    if (applying || idle()) location.reload();
    else { update.ready = true; announce("update"); } // another tab applied it: this one finishes its work first
  });
  registration = await navigator.serviceWorker.register("/tablet/sw.js", { scope: "/tablet/", updateViaCache: "none" });
  const waiting = () => {
    if (!registration.waiting || !navigator.serviceWorker.controller) return;
    update.ready = true;
    announce("update");
    if (idle()) apply();
  };
  const follow = (worker) => worker?.addEventListener("statechange", () => { if (worker.state === "installed") waiting(); });
  follow(registration.installing);
  registration.addEventListener("updatefound", () => follow(registration.installing));
  waiting();
  const look = () => registration.update().catch(() => {}); // without a link there is nothing to look for
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  setInterval(look, 30 * 60_000);
}

/** Let the waiting version in; the page reloads at the same place, everything is in IndexedDB. */
export function apply() {
  applying = true;
  if (registration?.waiting) registration.waiting.postMessage("apply");
  else location.reload();
}

export const applyIfIdle = (idle) => { if (update.ready && idle()) apply(); };
