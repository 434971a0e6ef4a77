// The service worker. The server puts VERSION and FILES (every address the form consists of) above this line.
// It keeps one complete set of one version; people's data is in IndexedDB, never here.

const SHELL = `rounds-tablet-${VERSION}`;
const FONTS = "rounds-fonts";
const FONT_PATH = "/tablet/lib/@fontsource/";

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(SHELL);
    await cache.addAll(FILES.map((address) => new Request(address, { cache: "no-cache" })));
    if (!self.registration.active) await self.skipWaiting(); // the first one; a later one waits to be asked
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("rounds-tablet-") && name !== SHELL) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  if (event.data === "apply") self.skipWaiting();
  if (event.data === "version") event.source.postMessage({ version: VERSION });
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin || !address.pathname.startsWith("/tablet/")) return;
  if (address.pathname.endsWith("/sw.js")) return;
  event.respondWith(answer(request, address));
});

async function answer(request, { pathname }) {
  const shell = await caches.open(SHELL);
  const kept = await shell.match(pathname);
  if (kept) return kept;
  if (pathname.startsWith(FONT_PATH)) {
    const fonts = await caches.open(FONTS);
    const font = await fonts.match(pathname);
    if (font) return font;
    const response = await fetch(request);
    if (response.ok) await fonts.put(pathname, response.clone());
    return response;
  }
  return fetch(request);
}
